import { defaultLimits, defaultSteerMode } from '@stagewire/client';
import { CornerDownLeft } from 'lucide-react';
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from 'react';
import type { RunState, AttemptTarget } from '@stagewire/client';
import type { RunCommands, UseRun } from '@stagewire/client/react';
import { capitalized } from '../shell/labels.ts';
import type { SteerMode } from './commands.ts';
import { TooLong } from './too-long.tsx';

/** The part of the run's hook that captures the target of a command. */
export type TargetCapture = Pick<
  UseRun,
  'current' | 'target' | 'captured' | 'targetIsPast' | 'captureTarget' | 'releaseTarget'
>;

export interface SteerBoxProps {
  readonly state: RunState;
  readonly capture: TargetCapture;
  /** The unsent instruction. */
  readonly text: string;
  readonly onText: (text: string) => void;
  /** An instruction to propose; it never replaces a text. */
  readonly suggestion: { readonly text: string } | undefined;
  readonly steer: (text: string, options: NonNullable<Parameters<RunCommands['steer']>[1]>) => void;
}

const modes: readonly { readonly mode: SteerMode; readonly label: string; readonly description: string }[] = [
  {
    mode: 'continue',
    label: 'Continue',
    description: 'Interrupts and continues the text',
  },
  {
    mode: 'restart',
    label: 'Restart',
    description: 'Restarts the stage, with its draft',
  },
  {
    mode: 'next',
    label: 'Next stage',
    description: 'For the next stage; interrupts nothing',
  },
];

const withoutDraftDescription = 'Restarts the stage, without its draft';
const firstStageDescription = 'In the prompt of the first stage';
const maxChars = defaultLimits.maxCommandTextChars;

/** The input of a steer. Its target is the stage that was current when typing started. */
export function SteerBox({ state, capture, text, onText, suggestion, steer }: SteerBoxProps) {
  // `undefined`: the default of the stage.
  const [mode, setMode] = useState<SteerMode>();
  const [onlyStage, setOnlyStage] = useState(false);
  const [withoutDraft, setWithoutDraft] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);

  const { current, target, captureTarget, releaseTarget } = capture;
  const preselected = defaultSteerMode(target, state);
  const cannotContinue = preselected !== 'continue';
  const chosen = mode === undefined || (mode === 'continue' && cannotContinue) ? preselected : mode;
  const forNext = chosen === 'next' && target !== null;
  const dropsDraft = chosen === 'restart' && target !== null && withoutDraft;
  const description = `${
    target === null && chosen === 'restart'
      ? firstStageDescription
      : dropsDraft
        ? withoutDraftDescription
        : modes.find((it) => it.mode === chosen)?.description
  }.`;

  // A text typed before another page was visited targets the stage that is current now, and the box shows which.
  useEffect(() => {
    if (text !== '') captureTarget();
  }, []);

  const type = (next: string) => {
    if (text === '' && next !== '') captureTarget();
    if (next === '') releaseTarget();
    onText(next);
  };
  useEffect(() => {
    if (suggestion === undefined) return;
    if (text === '') type(suggestion.text);
    area.current?.focus();
  }, [suggestion]);

  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const trimmed = text.trim();
    if (trimmed === '' || trimmed.length > maxChars) return area.current?.focus();
    steer(trimmed, {
      mode: chosen,
      scope: onlyStage ? 'stage' : 'run',
      ...(dropsDraft && { draft: 'drop' }),
    });
    onText('');
    // Also if the command is rejected: the next text captures its own target.
    releaseTarget();
    // Valid for one steer only: the next one must not do by accident what was chosen for this one.
    setMode(undefined);
    setOnlyStage(false);
    setWithoutDraft(false);
    // On a phone the keyboard stays open, and the layout with it.
    area.current?.focus();
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
        placeholder={`Instruction for the ${forNext ? 'next stage' : (current?.role ?? 'first stage')}\n${description}`}
        value={text}
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKeyDown}
        aria-describedby="steer-target steer-mode"
      />
      <TooLong text={text.trim()} maxChars={maxChars} />
      {text !== '' && capture.targetIsPast && (
        <p className="moved" role="status">
          You started typing {target === null ? 'before the first stage' : `in ${nameOf(target)}`}. The run is
          now in {nameOf(current)}.
          <button type="button" className="quiet small" onClick={captureTarget}>
            Target {nameOf(current)}
          </button>
        </p>
      )}
      <div className="steer-row">
        <div className="segments" role="radiogroup" aria-label="Mode">
          {modes.map((it) => (
            <label
              key={it.mode}
              title={
                it.mode === 'continue' && cannotContinue
                  ? target === null
                    ? 'Not available before the first stage: there is no text to continue'
                    : 'Not available for a review: partial JSON cannot be continued'
                  : it.description
              }
            >
              <input
                type="radio"
                name="steer-mode"
                checked={chosen === it.mode}
                disabled={it.mode === 'continue' && cannotContinue}
                onChange={() => setMode(it.mode)}
              />
              <span>{it.label}</span>
            </label>
          ))}
        </div>
        <label className="check" title="Later stages do not get this instruction">
          <input
            type="checkbox"
            checked={onlyStage}
            onChange={(event) => setOnlyStage(event.target.checked)}
          />
          {chosen === 'next' ? 'Only the next stage' : 'Only this stage'}
        </label>
        {chosen === 'restart' && target !== null && (
          <label
            className="check draft-check"
            title="Leaves the draft of this stage out of the prompt. For a model that repeats itself"
          >
            <input
              type="checkbox"
              checked={withoutDraft}
              onChange={(event) => setWithoutDraft(event.target.checked)}
            />
            Without draft
          </label>
        )}
        <span id="steer-mode" className="mode-description muted">
          {description}
        </span>
        <span
          id="steer-target"
          className="steer-target muted"
          title={`${forNext ? 'After' : 'To'} ${nameOf(target)}`}
        >
          {forNext ? 'After' : 'To'} {nameOf(target)}
        </span>
        <button
          type="submit"
          className="primary"
          disabled={text.trim() === '' || text.trim().length > maxChars}
        >
          Steer
          <CornerDownLeft size={14} aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}

/** The name of a target. */
function nameOf(target: AttemptTarget | null): string {
  return target === null ? 'the first stage' : `${capitalized(target.role)}, stage ${target.stage}`;
}
