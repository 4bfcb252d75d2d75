import type { EventOf, RunEvent, TransientEvent } from './events.ts';

/** Classification of event types, for server and client. */

const terminalTypes: ReadonlySet<string> = new Set(['run.completed', 'run.failed', 'run.cancelled']);
const endingTypes: ReadonlySet<string> = new Set([
  'stage.completed',
  'stage.interrupted',
  'stage.cancelled',
  'stage.failed',
]);
const transientTypes: ReadonlySet<string> = new Set(['run.waiting', 'stage.waiting']);

/** Does this event end the run? Only events about links to the run can follow it. */
export function isTerminal(event: {
  readonly type: string;
}): event is EventOf<'run.completed' | 'run.failed' | 'run.cancelled'> {
  return terminalTypes.has(event.type);
}

/** Does this event end an attempt? */
export function isEnding(event: {
  readonly type: string;
}): event is EventOf<'stage.completed' | 'stage.interrupted' | 'stage.cancelled' | 'stage.failed'> {
  return endingTypes.has(event.type);
}

/** Is this event not in the log, but sent to one subscriber only? */
export function isTransient(event: RunEvent): event is TransientEvent {
  return transientTypes.has(event.type);
}

/** Is this a piece of text, which may be merged with its neighbour? */
export function isDelta(event: {
  readonly type: string;
}): event is EventOf<'stage.delta' | 'stage.reasoning'> {
  return event.type === 'stage.delta' || event.type === 'stage.reasoning';
}
