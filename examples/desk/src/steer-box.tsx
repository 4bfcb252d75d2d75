import { useState } from 'react';
import { useMay, useRun } from '@stagewire/client/react';
import { sendsForm } from './sends-form.ts';

/** Sends an instruction to the stage that was current when the user began to type. */
export function SteerBox({ runId }: { runId: string }) {
  const run = useRun(runId);
  const maySteer = useMay('runs.steer', runId);
  const [text, setText] = useState('');
  const [mode, setMode] = useState<'continue' | 'restart' | 'next'>('continue');
  const role = run.target?.role ?? 'first role';
  // The JSON of a reviewer cannot be continued.
  const isJson = run.state?.stages.find(({ stage }) => stage === run.target?.stage)?.format === 'json';
  const steer = async () => {
    try {
      await run.steer(text, { mode: isJson && mode === 'continue' ? 'restart' : mode });
      // Not what was typed in the meantime.
      setText((now) => (now === text ? '' : now));
    } catch {
      // The text stays. The list of commands has the reason.
    }
  };
  return (
    <form
      className="steer"
      onSubmit={(event) => {
        event.preventDefault();
        void steer();
      }}
    >
      <label htmlFor="steer">Instruction for the {role}</label>
      {run.targetIsPast && (
        <p className="notice" role="status">
          You started to type for the {role}, which has finished.{' '}
          {run.current !== null && (
            <button type="button" onClick={run.captureTarget}>
              Send to the {run.current.role} instead
            </button>
          )}
        </p>
      )}
      <textarea
        id="steer"
        rows={1}
        required
        value={text}
        placeholder="Keep it in one file."
        onChange={(event) => setText(event.target.value)}
        onFocus={() => {
          if (text === '') run.captureTarget();
        }}
        onBlur={() => {
          if (text === '') run.releaseTarget();
        }}
        onKeyDown={sendsForm}
      />
      <div className="row">
        <select
          aria-label="How"
          value={mode}
          onChange={(event) => setMode(event.target.value as typeof mode)}
        >
          <option value="continue" disabled={isJson}>
            Keep the text and continue
          </option>
          <option value="restart">Write it again</option>
          <option value="next">Only for the next stage</option>
        </select>
        <button className="primary" disabled={!maySteer}>
          Steer
        </button>
      </div>
    </form>
  );
}
