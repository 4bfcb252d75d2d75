import { defaultLimits, isEnded, targetOf } from '@stagewire/client';
import { Ban, CornerUpRight, OctagonX } from 'lucide-react';
import { useState, type FormEvent, type KeyboardEvent } from 'react';
import type { RunState, AttemptTarget } from '@stagewire/client';
import { useOffers } from '../session/use-offers.ts';
import { Modal } from '../shell/modal.tsx';
import { capitalized } from '../shell/labels.ts';
import { TooLong } from './too-long.tsx';
import { UnsentText, type UnsentTextProps } from './unsent-text.tsx';

export type ControlDialog = 'redirect' | 'cancel-stage' | 'cancel-run';

export interface RunControlsProps {
  readonly state: RunState;
  readonly onOpen: (dialog: ControlDialog) => void;
}

/** The buttons for redirect and cancel. */
export function RunControls({ state, onOpen }: RunControlsProps) {
  const hasStage = targetOf(state) !== null;
  const offersControl = useOffers('runs.cancel', state.runId);
  if (!offersControl) return null;
  return (
    <div className="run-controls" role="group" aria-label="Run controls">
      <button type="button" className="small" onClick={() => onOpen('redirect')}>
        <CornerUpRight size={14} aria-hidden="true" />
        Redirect
      </button>
      <button type="button" className="small" disabled={!hasStage} onClick={() => onOpen('cancel-stage')}>
        <Ban size={14} aria-hidden="true" />
        Cancel stage
      </button>
      <button type="button" className="small danger" onClick={() => onOpen('cancel-run')}>
        <OctagonX size={14} aria-hidden="true" />
        Cancel run
      </button>
    </div>
  );
}

export interface ControlModalProps {
  readonly dialog: ControlDialog;
  readonly state: RunState;
  readonly roles: readonly string[];
  readonly commands: {
    readonly redirect: (to: string, options: { text?: string; expect: AttemptTarget | null }) => void;
    readonly cancel: (options: {
      target: 'run' | 'stage';
      reason?: string;
      expect?: AttemptTarget | null;
    }) => void;
  };
  readonly onClose: () => void;
}

/** The dialog of a redirect or a cancel. Its target is the stage that was current when it was opened. */
export function ControlModal({ dialog, state, roles, commands, onClose }: ControlModalProps) {
  const [expect] = useState(() => targetOf(state));
  const [text, setText] = useState('');
  const [to, setTo] = useState(() => roles.find((it) => it !== expect?.role) ?? roles[0] ?? 'architect');
  const trimmed = text.trim();
  const maxChars = defaultLimits[dialog === 'redirect' ? 'maxCommandTextChars' : 'maxReasonChars'];
  const submit = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (trimmed.length > maxChars) return;
    if (dialog === 'redirect') commands.redirect(to, { expect, ...(trimmed !== '' && { text: trimmed }) });
    else if (dialog === 'cancel-stage')
      commands.cancel({ target: 'stage', expect, ...(trimmed !== '' && { reason: trimmed }) });
    else commands.cancel({ target: 'run', ...(trimmed !== '' && { reason: trimmed }) });
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (
      event.key === 'Enter' &&
      !event.shiftKey &&
      !event.nativeEvent.isComposing &&
      (event.ctrlKey || event.metaKey || confirmsOn(event.target))
    )
      submit(event);
  };
  const stageName = expect === null ? undefined : `${capitalized(expect.role)}, stage ${expect.stage}`;
  const { title, description, label, button } = textsOf(dialog, stageName);

  if (isEnded(state)) {
    return (
      <Modal title={title} onClose={onClose}>
        <EndedBody
          runId={state.runId}
          text={trimmed}
          isCompleted={state.status === 'completed'}
          onClose={onClose}
        />
      </Modal>
    );
  }
  return (
    <Modal title={title} onClose={onClose}>
      <form className="control-form" onSubmit={submit} onKeyDown={onKeyDown}>
        <p className="muted">{description}</p>
        {dialog === 'redirect' && (
          <label className="field">
            <span>To</span>
            <select value={to} onChange={(event) => setTo(event.target.value)}>
              {roles.map((role) => (
                <option key={role} value={role}>
                  {capitalized(role)}
                </option>
              ))}
            </select>
          </label>
        )}
        <label className="field">
          <span>{label}</span>
          <textarea
            rows={3}
            value={text}
            aria-invalid={trimmed.length > maxChars || undefined}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <TooLong text={trimmed} maxChars={maxChars} />
        <p className="modal-actions">
          <span className="muted modal-keys" title="Enter also confirms; Shift Enter starts a new line">
            <kbd>Ctrl</kbd> <kbd>Enter</kbd>
          </span>
          <span className="spacer" />
          <button type="button" className="quiet" onClick={onClose}>
            Keep running
          </button>
          <button
            type="submit"
            className={dialog === 'redirect' ? 'primary' : 'danger'}
            disabled={trimmed.length > maxChars}
          >
            {button}
          </button>
        </p>
      </form>
    </Modal>
  );
}

/** The body of a dialog whose run has ended: it keeps what was typed. */
function EndedBody({
  runId,
  text,
  isCompleted,
  onClose,
}: Omit<UnsentTextProps, 'onDiscard'> & Pick<ControlModalProps, 'onClose'>) {
  return (
    <div className="control-form">
      {text === '' ? (
        <p className="muted">The run has ended and accepts no commands.</p>
      ) : (
        <UnsentText runId={runId} text={text} isCompleted={isCompleted} />
      )}
      <p className="modal-actions">
        <button type="button" autoFocus onClick={onClose}>
          Close
        </button>
      </p>
    </div>
  );
}

/** Enter in a field confirms the dialog. On a button it presses it, and in an open select it chooses the option. */
function confirmsOn(target: EventTarget): boolean {
  if (target instanceof HTMLTextAreaElement) return true;
  const knowsOpen = CSS.supports('selector(:open)');
  return target instanceof HTMLSelectElement && knowsOpen && !target.matches(':open');
}

function textsOf(dialog: ControlDialog, stageName: string | undefined) {
  switch (dialog) {
    case 'redirect':
      return {
        title: 'Redirect',
        description: `${stageName === undefined ? 'Starts the run with' : `Ends ${stageName}, and starts`} the selected role. The roles after it follow.`,
        label: 'Instruction for this and all later stages (optional)',
        button: 'Redirect',
      };
    case 'cancel-stage':
      return {
        title: 'Cancel stage',
        description: `Ends ${stageName ?? 'the stage'}. Its text is kept, and the run continues with the next role.`,
        label: 'Reason (optional)',
        button: 'Cancel stage',
      };
    case 'cancel-run':
      return {
        title: 'Cancel run',
        description: 'Ends the run permanently. Its texts are kept.',
        label: 'Reason (optional)',
        button: 'Cancel run',
      };
    default:
      return dialog satisfies never;
  }
}
