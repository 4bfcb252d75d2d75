import { useState } from 'react';
import { useMay, useStagewire } from '@stagewire/client/react';
import { sendsForm } from './sends-form.ts';

/** Starts a run. A rejected task stays in the field. */
export function NewRun({ onStarted }: { onStarted: (runId: string) => void }) {
  const stagewire = useStagewire();
  const mayStart = useMay('runs.start');
  const [task, setTask] = useState('');
  const [problem, setProblem] = useState<string>();
  const [isStarting, setIsStarting] = useState(false);
  const start = async () => {
    setIsStarting(true);
    try {
      const run = await stagewire.start({ task });
      setTask('');
      setProblem(undefined);
      onStarted(run.id);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setIsStarting(false);
    }
  };
  return (
    <form
      className="new-run"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <label htmlFor="task">New task</label>
      <textarea
        id="task"
        rows={3}
        required
        value={task}
        placeholder="A rate limiter in TypeScript, with tests"
        onChange={(event) => setTask(event.target.value)}
        onKeyDown={sendsForm}
      />
      {problem !== undefined && <p role="alert">{problem}</p>}
      <button className="primary" disabled={isStarting || !mayStart}>
        {isStarting ? 'Starting…' : 'Start run'}
      </button>
    </form>
  );
}
