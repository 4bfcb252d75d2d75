import { defaultLimits, targetOf } from '@stagewire/client';
import { Ban, CornerUpRight, OctagonX } from 'lucide-react';
import { useState, type FormEvent, type KeyboardEvent } from 'react';
import type { RunState, AttemptTarget } from '@stagewire/client';
import { Modal } from '../shell/modal.tsx';
import { capitalized } from '../shell/labels.ts';
import { TooLong } from './too-long.tsx';

export type ControlDialog = 'redirect' | 'cancel-stage' | 'cancel-run';

export interface RunControlsProps {
  readonly state: RunState;
  readonly onOpen: (dialog: ControlDialog) => void;
}

/** What ends something: the stage, the way it goes on, or the run. */
export function RunControls({ state, onOpen }: RunControlsProps) {
  const hasStage = targetOf(state) !== null;
  return (
    <div className="run-controls" role="group" aria-label="Control">
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

/** Asks what a redirect or a cancel needs. It means the stage that was there when the dialog was opened. */
export function ControlModal({ dialog, state, roles, commands, onClose }: ControlModalProps) {
  const [expect] = useState(() => targetOf(state));
  const [text, setText] = useState('');
  const [to, setTo] = useState(() => roles.find((it) => it !== expect?.role) ?? roles[0] ?? 'architect');
  const words = text.trim();
  const maxChars = defaultLimits[dialog === 'redirect' ? 'maxCommandTextChars' : 'maxReasonChars'];
  const submit = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (words.length > maxChars) return;
    if (dialog === 'redirect') commands.redirect(to, { expect, ...(words !== '' && { text: words }) });
    else if (dialog === 'cancel-stage')
      commands.cancel({ target: 'stage', expect, ...(words !== '' && { reason: words }) });
    else commands.cancel({ target: 'run', ...(words !== '' && { reason: words }) });
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
  };
  const stageName =
    expect === null ? 'the run before its first stage' : `${capitalized(expect.role)}, stage ${expect.stage}`;
  const { title, says, label, button } = wordsFor(dialog, stageName);

  return (
    <Modal title={title} onClose={onClose}>
      <form className="control-form" onSubmit={submit} onKeyDown={onKeyDown}>
        <p className="muted">{says}</p>
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
          <textarea rows={3} value={text} onChange={(event) => setText(event.target.value)} />
        </label>
        <TooLong text={words} maxChars={maxChars} />
        <p className="modal-actions">
          <button type="button" className="quiet" onClick={onClose}>
            Keep going
          </button>
          <button type="submit" className={dialog === 'redirect' ? 'primary' : 'danger'}>
            {button}
          </button>
        </p>
      </form>
    </Modal>
  );
}

function wordsFor(dialog: ControlDialog, stageName: string) {
  switch (dialog) {
    case 'redirect':
      return {
        title: 'Redirect',
        says: `Ends ${stageName}, and goes to another role; the roles after that one follow.`,
        label: 'Instruction for it and all later roles (optional)',
        button: 'Redirect',
      };
    case 'cancel-stage':
      return {
        title: 'Cancel stage',
        says: `Ends ${stageName}. What it has written stays, and the run goes on with the next role.`,
        label: 'Reason (optional)',
        button: 'Cancel stage',
      };
    case 'cancel-run':
      return {
        title: 'Cancel run',
        says: 'Ends the run for good. What was written stays.',
        label: 'Reason (optional)',
        button: 'Cancel run',
      };
    default:
      return dialog satisfies never;
  }
}
