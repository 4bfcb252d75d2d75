import { defaultLimits } from '@stagewire/client';
import { CornerDownLeft } from 'lucide-react';
import { useRef, useState, type FormEvent, type KeyboardEvent } from 'react';
import type { RunState, AttemptTarget } from '@stagewire/client';
import type { RunCommands, UseRun } from '@stagewire/client/react';
import { capitalized } from '../shell/labels.ts';
import type { SteerMode } from './commands.ts';
import { TooLong } from './too-long.tsx';

/** What a command goes to, of the run's hook. */
export type TargetCapture = Pick<
  UseRun,
  'current' | 'target' | 'captured' | 'targetIsPast' | 'captureTarget' | 'releaseTarget'
>;

export interface SteerBoxProps {
  readonly state: RunState;
  readonly capture: TargetCapture;
  readonly steer: (text: string, options: NonNullable<Parameters<RunCommands['steer']>[1]>) => void;
}

const modes: readonly { readonly mode: SteerMode; readonly label: string; readonly says: string }[] = [
  {
    mode: 'restart',
    label: 'Restart',
    says: 'Stops the model; the stage begins anew with your words and its draft',
  },
  {
    mode: 'continue',
    label: 'Continue',
    says: 'Stops the model; it goes on where it was, with your words',
  },
  { mode: 'next', label: 'Next stage', says: 'Stops nothing; the next stage gets your words' },
];

const saysWithoutDraft = 'Stops the model; the stage begins anew with your words, and without its draft';
const maxChars = defaultLimits.maxCommandTextChars;

/** Where a person tells the models what to do. What they begin to type is meant for the stage they see then. */
export function SteerBox({ state, capture, steer }: SteerBoxProps) {
  const [text, setText] = useState('');
  const [mode, setMode] = useState<SteerMode>('restart');
  const [onlyStage, setOnlyStage] = useState(false);
  const [withoutDraft, setWithoutDraft] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);

  const { current, target, captureTarget, releaseTarget } = capture;
  const isReview = state.stages.find(({ stage }) => stage === current?.stage)?.format === 'json';
  const chosen = mode === 'continue' && isReview ? 'restart' : mode;
  const dropsDraft = chosen === 'restart' && withoutDraft;

  const type = (next: string) => {
    if (text === '' && next !== '') captureTarget();
    if (next === '') releaseTarget();
    setText(next);
  };
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const words = text.trim();
    if (words === '' || words.length > maxChars) return area.current?.focus();
    steer(words, {
      mode: chosen,
      scope: onlyStage ? 'stage' : 'run',
      ...(dropsDraft && { draft: 'drop' }),
    });
    setText('');
    // Also if the command is refused: what is typed next is meant for what is seen then.
    releaseTarget();
    // Rarely meant twice, and it would lose the next draft without a word.
    setWithoutDraft(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
    if (event.key === 'Escape') area.current?.blur();
  };

  return (
    <form className="steer-box" onSubmit={send} aria-label="Steer">
      <label className="hidden" htmlFor="steer-text">
        Instruction for the model
      </label>
      <textarea
        id="steer-text"
        ref={area}
        rows={text.includes('\n') || text.length > 90 ? 4 : 2}
        placeholder={
          current === null ? 'Tell the first stage what to mind' : `Tell the ${current.role} what to change`
        }
        value={text}
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKeyDown}
        aria-describedby="steer-aim"
      />
      <TooLong text={text.trim()} maxChars={maxChars} />
      {text !== '' && capture.targetIsPast && (
        <p className="moved" role="status">
          You began to type {target === null ? 'before the first stage' : `in ${nameOf(target)}`}; the run is
          now in {nameOf(current)}.
          <button type="button" className="quiet small" onClick={captureTarget}>
            TargetCapture at {nameOf(current)}
          </button>
        </p>
      )}
      <div className="steer-row">
        <div className="segments" role="radiogroup" aria-label="How">
          {modes.map((it) => (
            <label
              key={it.mode}
              title={
                it.mode === 'continue' && isReview
                  ? 'A review cannot go on in the middle of its JSON'
                  : it.says
              }
            >
              <input
                type="radio"
                name="steer-mode"
                checked={chosen === it.mode}
                disabled={it.mode === 'continue' && isReview}
                onChange={() => setMode(it.mode)}
              />
              <span>{it.label}</span>
            </label>
          ))}
        </div>
        <label className="check" title="The stages after it do not see your words">
          <input
            type="checkbox"
            checked={onlyStage}
            onChange={(event) => setOnlyStage(event.target.checked)}
          />
          {chosen === 'next' ? 'Only the next stage' : 'Only this stage'}
        </label>
        {chosen === 'restart' && (
          <label
            className="check draft-check"
            title="The model does not see what it wrote in this stage. For one that goes round in circles"
          >
            <input
              type="checkbox"
              checked={withoutDraft}
              onChange={(event) => setWithoutDraft(event.target.checked)}
            />
            Without draft
          </label>
        )}
        <span className="spacer" />
        <button
          type="submit"
          className="primary"
          disabled={text.trim() === '' || text.trim().length > maxChars}
        >
          Steer
          <CornerDownLeft size={14} aria-hidden="true" />
        </button>
      </div>
      <p className="mode-says muted">
        <span>{dropsDraft ? saysWithoutDraft : modes.find((it) => it.mode === chosen)?.says}.</span>
        <span id="steer-aim">To {nameOf(target)}</span>
      </p>
    </form>
  );
}

/** Whom an instruction is meant for, in words. */
function nameOf(target: AttemptTarget | null): string {
  return target === null ? 'the first stage' : `${capitalized(target.role)}, stage ${target.stage}`;
}
