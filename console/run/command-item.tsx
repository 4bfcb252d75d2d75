import { codeOf, targetOf } from '@stagewire/client';
import { Check, CircleAlert, CornerUpLeft, LoaderCircle, X } from 'lucide-react';
import type { RunState, AttemptTarget } from '@stagewire/client';
import type { RunCommands } from '@stagewire/client/react';
import { instant } from '../shell/units.ts';
import { capitalized, labelFor } from '../shell/labels.ts';
import { textOf, titleOf, type ShownCommand } from './commands.ts';

export interface CommandItemProps {
  readonly shown: ShownCommand;
  readonly state: RunState;
  readonly commands: Pick<RunCommands, 'resend' | 'dismiss'>;
  /** Gives the command once more under a new id, meant for another stage. */
  readonly again: (shown: ShownCommand, target: AttemptTarget) => void;
}

/** One command: who gave it, what it says, and what has become of it. */
export function CommandItem({ shown, state, commands, again }: CommandItemProps) {
  const { command, outcome, commandId } = shown;
  const text = textOf(command);
  return (
    <li className={`command is-${outcome.status}`}>
      <p className="command-head">
        <span className="command-title">{titleOf(command)}</span>
        <span className="muted">
          {shown.own ? 'you' : shown.actor}, {instant(shown.at, shown.at)}
        </span>
      </p>
      {text === '' ? null : <p className="command-text">{text}</p>}
      <p className="command-fate">
        <OutcomeIcon status={outcome.status} />
        <span>{outcomeText(shown, state)}</span>
      </p>
      {outcome.status === 'refused' && (
        <p className="command-actions">
          <Again shown={shown} state={state} again={again} />
          <button type="button" className="quiet small" onClick={() => commands.dismiss(commandId)}>
            Dismiss
          </button>
        </p>
      )}
      {outcome.status === 'unknown' && (
        <p className="command-actions">
          <button type="button" className="small" onClick={() => void commands.resend(commandId)}>
            Ask again
          </button>
          <button type="button" className="quiet small" onClick={() => commands.dismiss(commandId)}>
            Dismiss
          </button>
        </p>
      )}
    </li>
  );
}

/** After a refusal for the stage, the offer to mean the one that runs now. */
function Again({ shown, state, again }: Pick<CommandItemProps, 'shown' | 'state' | 'again'>) {
  const { outcome, commandId } = shown;
  const current = targetOf(state);
  if (outcome.status !== 'refused' || codeOf(outcome.error) !== 'STAGE_MISMATCH' || current === null)
    return null;
  return (
    <button type="button" className="small" data-command={commandId} onClick={() => again(shown, current)}>
      <CornerUpLeft size={13} aria-hidden="true" />
      Send to {capitalized(current.role)}, stage {current.stage}
    </button>
  );
}

function OutcomeIcon({ status }: { readonly status: ShownCommand['outcome']['status'] }) {
  if (status === 'applied') return <Check size={14} aria-hidden="true" />;
  if (status === 'refused' || status === 'unknown') return <CircleAlert size={14} aria-hidden="true" />;
  return status === 'dropped' ? (
    <X size={14} aria-hidden="true" />
  ) : (
    <LoaderCircle size={14} aria-hidden="true" />
  );
}

/** What has become of a command, as one sentence. */
export function outcomeText({ command, outcome }: ShownCommand, state: RunState): string {
  switch (outcome.status) {
    case 'sending':
      return 'Sent, no answer yet';
    case 'accepted':
      return command.kind === 'steer' && command.mode === 'next'
        ? 'Accepted; waits for the next stage'
        : 'Accepted; takes hold as soon as the model has stopped';
    case 'applied': {
      if (outcome.stage === null) return 'Applied';
      const role = state.stages.find((it) => it.stage === outcome.stage)?.role ?? 'stage';
      const where = `${role}, stage ${outcome.stage}, attempt ${outcome.attempt ?? 1}`;
      return command.kind === 'steer' ? `Applied: in the prompt of ${where}` : `Applied: ended ${where}`;
    }
    case 'dropped':
      return `Dropped: ${labelFor(outcome.reason)}`;
    case 'refused':
      return refusal(outcome.error, state);
    case 'unknown':
      return 'No answer came; it may have been done';
    default:
      return outcome satisfies never;
  }
}

function refusal(error: Error, state: RunState): string {
  switch (codeOf(error)) {
    case 'STAGE_MISMATCH': {
      const current = targetOf(state);
      const now = current === null ? '' : `; the run is in ${current.role}, stage ${current.stage}`;
      return `Not sent on: the stage you meant was over${now}`;
    }
    case 'RUN_ENDED':
      return 'Not sent on: the run has ended';
    default:
      return `Refused: ${error.message}`;
  }
}
