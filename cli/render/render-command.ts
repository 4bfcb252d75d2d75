import type {
  Actor,
  AttemptTarget,
  Command,
  CommandAccepted,
  CommandApplied,
  CommandDropped,
  CommandOutcome,
  RunShared,
  RunUnshared,
} from '@stagewire/client';
import { cleanLine } from './clean-text.ts';
import type { Paint } from '../terminal/paint.ts';

/** `stage 2 (coder), attempt 1`, or `the queued run`. */
export function targetText(target: AttemptTarget | null): string {
  if (target === null) return 'the queued run';
  return `stage ${target.stage} (${cleanLine(target.role)}), attempt ${target.attempt}`;
}

/** A command that the run has accepted. */
export function acceptedLine({ actor, command, target }: CommandAccepted, paint: Paint): string {
  const text = textIn(command);
  const quoted = text === undefined ? '' : `: “${cleanLine(text)}”`;
  return `${paint('magenta', `» ${labelOf(command)} by ${nameOf(actor)}`)}${quoted}, accepted for ${targetText(target)}`;
}

/** A link to the run that was created or removed. */
export function linkLine(
  { type, shareId, may, until, actor }: RunShared | RunUnshared,
  paint: Paint,
): string {
  const what = type === 'run.shared' ? 'shared' : 'unshared';
  const expiry = until === undefined ? '' : `, until ${until}`;
  return `${paint('magenta', `» ${what} by ${nameOf(actor)}`)}: link ${shareId} (${may}${expiry})`;
}

/** The outcome of a command; `accepted` is its acceptance event, if it was received. */
export function outcomeLine(
  event: CommandApplied | CommandDropped,
  accepted: CommandAccepted | undefined,
  paint: Paint,
): string {
  const outcome: CommandOutcome =
    event.type === 'command.applied'
      ? { status: 'applied', stage: event.stage, attempt: event.attempt }
      : { status: 'dropped', reason: event.reason };
  if (accepted === undefined) return `${paint('magenta', '» command')} ${outcome.status}`;
  const { actor, command } = accepted;
  return `${paint('magenta', `» ${command.kind} by ${nameOf(actor)}`)} ${outcomeText(command, outcome)}`;
}

/** `applied: included in the prompt of stage 2, attempt 2`, or `dropped: …`. */
export function outcomeText(command: CommandSummary, outcome: CommandOutcome): string {
  if (outcome.status === 'dropped') {
    const why = {
      run_cancelled: 'the run was cancelled first',
      run_completed: 'the run completed first',
      run_failed: 'the run failed first',
      superseded: 'superseded by a later redirect or cancel',
    }[outcome.reason];
    return `dropped: ${why}`;
  }
  const { stage, attempt } = outcome;
  if (command.kind === 'steer')
    return `applied: included in the prompt of stage ${stage}, attempt ${attempt}`;
  if (command.kind === 'redirect') {
    const role = cleanLine(command.to);
    return stage === null
      ? `applied: the run starts with the ${role}`
      : `applied: stage ${stage} has ended; the ${role} is next`;
  }
  if (command.target === 'stage') return `applied: stage ${stage} has ended; its text is kept`;
  return stage === null
    ? 'applied: the run was cancelled before its first stage'
    : `applied: the run was cancelled in stage ${stage}`;
}

/** The part of a command that the text of its outcome depends on. */
export type CommandSummary =
  | { readonly kind: 'steer' }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'cancel'; readonly target: 'run' | 'stage' };

function labelOf(command: Command): string {
  switch (command.kind) {
    case 'steer': {
      const mode = { restart: '', continue: ', continuing the text', next: ', for the next stage' }[
        command.mode
      ];
      const draft = command.draft === 'drop' ? ', without the draft' : '';
      return `steer${mode}${draft}${command.scope === 'stage' ? ', this stage only' : ''}`;
    }
    case 'redirect':
      return `redirect to the ${cleanLine(command.to)}`;
    case 'cancel':
      return `cancel of the ${command.target}`;
    default:
      command satisfies never;
      return 'command';
  }
}

function textIn(command: Command): string | undefined {
  return command.kind === 'cancel' ? command.reason : command.text;
}

function nameOf(actor: Actor): string {
  return cleanLine(actor.name ?? actor.id, 80);
}
