import { defaultLimits } from '@stagewire/client';
import { Send } from 'lucide-react';
import { useId, type FormEvent, type KeyboardEvent } from 'react';
import type { RunState } from '@stagewire/client';
import { useSteerDraft } from '../run/steer-drafts.ts';
import { Link } from '../shell/link.tsx';
import { startFromPath } from '../shell/route.ts';
import { TooLong } from '../run/too-long.tsx';
import { keptText } from './start-points.ts';
import { useStartFrom } from './use-start-from.ts';

/** Starts a run that changes what a completed run made. */
export function FollowUpBox({ state }: { readonly state: RunState }) {
  const { runId } = state;
  const [text, setText] = useSteerDraft(`follow-up of ${runId}`);
  const { start, sending, problem } = useStartFrom();
  const id = useId();
  const task = text.trim();
  const isReady = task !== '' && task.length <= defaultLimits.maxTaskChars;
  const send = () => {
    if (isReady) start({ from: { runId }, task }, () => setText(''));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.nativeEvent.isComposing) send();
  };
  return (
    <form className="restart" onSubmit={submit} onKeyDown={onKeyDown} aria-label="Follow-up">
      <label className="field" htmlFor={id}>
        <span>Follow-up: what should change?</span>
        <textarea
          id={id}
          rows={2}
          placeholder="For example: now add tests"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <TooLong text={task} maxChars={defaultLimits.maxTaskChars} />
      <div className="restart-actions">
        <button type="submit" aria-disabled={sending !== undefined || !isReady}>
          <Send size={14} aria-hidden="true" />
          Start follow-up
        </button>
        <Link className="button" href={startFromPath({ runId })}>
          Change settings first
        </Link>
        <p className="restart-kept" role="status">
          {sending === undefined ? keptText(state, {}) : 'Starting'}
        </p>
      </div>
      {problem === undefined ? null : (
        <p className="problems" role="alert">
          {problem.text}
        </p>
      )}
    </form>
  );
}
