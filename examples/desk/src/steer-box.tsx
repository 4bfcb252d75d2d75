import { useState } from 'react';
import { defaultSteerMode } from '@stagewire/client';
import { useMay, useRun } from '@stagewire/client/react';
import { sendsForm } from './sends-form.ts';
import { useRoles } from './use-roles.ts';

type Mode = 'continue' | 'restart' | 'next';

/** Sends commands to the stage that was current when the user began to type. */
export function SteerBox({ runId }: { runId: string }) {
  const run = useRun(runId);
  const roles = useRoles();
  const maySteer = useMay('runs.steer', runId);
  const mayRedirect = useMay('runs.redirect', runId);
  const mayCancel = useMay('runs.cancel', runId);
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<Mode>();
  const [to, setTo] = useState('architect');
  const role = run.target?.role ?? 'first role';
  const preselected = defaultSteerMode(run.target, run.state);
  const canContinue = preselected === 'continue';
  const mode = chosen === undefined || chosen === 'continue' ? preselected : chosen;
  /** Sends a command with the text. If it is rejected, the text stays, and the list of commands has the reason. */
  const sendText = async (send: () => Promise<unknown>) => {
    try {
      await send();
      setChosen(undefined);
      // Not what was typed in the meantime.
      setText((now) => (now === text ? '' : now));
    } catch {
      return;
    }
  };
  return (
    <form
      className="steer"
      onSubmit={(event) => {
        event.preventDefault();
        void sendText(() => run.steer(text, { mode }));
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
        <select aria-label="How" value={mode} onChange={(event) => setChosen(event.target.value as Mode)}>
          <option value="continue" disabled={!canContinue}>
            Keep the text and continue
          </option>
          <option value="restart">Write it again</option>
          <option value="next">Only for the next stage</option>
        </select>
        <button className="primary" disabled={!maySteer}>
          Steer
        </button>
      </div>
      <div className="row">
        <span className="row">
          <select aria-label="Redirect to" value={to} onChange={(event) => setTo(event.target.value)}>
            {roles.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <button
            type="button"
            disabled={!mayRedirect}
            onClick={() => void sendText(() => run.redirect(to, text === '' ? {} : { text }))}
          >
            Redirect
          </button>
        </span>
        <button type="button" disabled={!mayCancel} onClick={() => void run.cancel({ target: 'stage' })}>
          Skip stage
        </button>
      </div>
    </form>
  );
}
