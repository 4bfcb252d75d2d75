import type { EventOf } from './events.ts';
import type { LinkCommand, RunCommand } from './links.ts';

/** Classification of what is about links to a run, for server and client. */

/** Is this about a link to the run? Such events can follow the terminal event; no others can. */
export function isLinkEvent(event: {
  readonly type: string;
}): event is EventOf<'run.shared' | 'run.unshared'> {
  return event.type === 'run.shared' || event.type === 'run.unshared';
}

/** Does this command create or remove a link? */
export function isLinkCommand(command: RunCommand): command is LinkCommand {
  return command.kind === 'share' || command.kind === 'unshare';
}
