import { codeOf, defaultSteerMode, targetOf } from '@stagewire/client';
import { Check, CircleAlert, CornerUpLeft, LoaderCircle, X } from 'lucide-react';
import type { RunState, AttemptTarget } from '@stagewire/client';
import type { RunCommands } from '@stagewire/client/react';
import { timeOfDay } from '../shell/units.ts';
import { capitalized, labelFor } from '../shell/labels.ts';
import { textOf, titleOf, type ShownCommand } from './commands.ts';

export interface CommandItemProps {
  readonly shown: ShownCommand;
  readonly state: RunState;
  readonly commands: Pick<RunCommands, 'resend' | 'dismiss'>;
  /** Sends the command again with a new id and another target. */
  readonly retarget: (shown: ShownCommand, target: AttemptTarget) => void;
}

/** One command: its actor, text and outcome. */
export function CommandItem({ shown, state, commands, retarget }: CommandItemProps) {
  const { command, outcome, commandId } = shown;
  const text = textOf(command);
  return (
    <li className={`command is-${outcome.status}`}>
      <p className="command-head">
        <span className="command-title">{titleOf(command)}</span>
        <span className="muted">
          {shown.own ? 'You' : shown.actor}, {timeOfDay(shown.at, shown.at)}
        </span>
      </p>
      {text === '' ? null : <p className="command-text">{text}</p>}
      <p className="command-outcome">
        <OutcomeIcon status={outcome.status} />
        <span>{outcomeText(shown, state)}</span>
      </p>
      {outcome.status === 'refused' && (
        <p className="command-actions">
          <RetargetButton shown={shown} state={state} retarget={retarget} />
          <button type="button" className="quiet small" onClick={() => commands.dismiss(commandId)}>
            Dismiss
          </button>
        </p>
      )}
      {outcome.status === 'unknown' && (
        <p className="command-actions">
          <button type="button" className="small" onClick={() => void commands.resend(commandId)}>
            Retry
          </button>
          <button type="button" className="quiet small" onClick={() => commands.dismiss(commandId)}>
            Dismiss
          </button>
        </p>
      )}
    </li>
  );
}

/** Sends a command that was rejected for its target to the current stage. */
function RetargetButton({ shown, state, retarget }: Pick<CommandItemProps, 'shown' | 'state' | 'retarget'>) {
  const { outcome, commandId } = shown;
  const current = targetOf(state);
  if (outcome.status !== 'refused' || codeOf(outcome.error) !== 'STAGE_MISMATCH' || current === null)
    return null;
  const { command } = shown;
  // The text of the current stage may be one that cannot be continued.
  const possible: ShownCommand =
    command.kind === 'steer' && command.mode === 'continue'
      ? { ...shown, command: { ...command, mode: defaultSteerMode(current, state) } }
      : shown;
  return (
    <button
      type="button"
      className="small"
      data-command={commandId}
      onClick={() => retarget(possible, current)}
    >
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

/** The outcome of a command in one sentence. */
export function outcomeText({ command, outcome }: ShownCommand, state: RunState): string {
  switch (outcome.status) {
    case 'sending':
      return 'Sent, no response yet';
    case 'accepted':
      return command.kind === 'steer' && command.mode === 'next'
        ? 'Accepted; applies to the next stage'
        : 'Accepted; applies when the model has stopped';
    case 'applied': {
      if (outcome.stage === null) return 'Applied';
      const target = targetName(state, outcome.stage, outcome.attempt ?? 1);
      return command.kind === 'steer' ? `Applied to ${target}` : `Applied: ended ${target}`;
    }
    case 'dropped':
      return `Dropped: ${labelFor(outcome.reason)}`;
    case 'refused':
      return rejectionText(outcome.error, state);
    case 'unknown':
      return 'No response; the command may have been applied';
    default:
      return outcome satisfies never;
  }
}

/** `Coder, attempt 2`; with the stage if the role has several. */
function targetName({ stages }: RunState, stage: number, attempt: number): string {
  const role = stages.find((it) => it.stage === stage)?.role;
  if (role === undefined) return `stage ${stage}, attempt ${attempt}`;
  const isOnlyStage = stages.filter((it) => it.role === role).length === 1;
  return `${capitalized(role)}${isOnlyStage ? '' : `, stage ${stage}`}, attempt ${attempt}`;
}

function rejectionText(error: Error, state: RunState): string {
  switch (codeOf(error)) {
    case 'STAGE_MISMATCH': {
      const current = targetOf(state);
      const now =
        current === null ? '' : `; the run is now in ${capitalized(current.role)}, stage ${current.stage}`;
      return `Rejected: that stage had already finished${now}`;
    }
    case 'RUN_ENDED':
      return 'Rejected: the run has ended';
    default:
      return `Rejected: ${error.message}`;
  }
}
