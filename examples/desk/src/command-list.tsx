import type { Command } from '@stagewire/client';
import { useRun } from '@stagewire/client/react';

/** Each command of the run with its outcome; those that this page has sent and that are not recorded yet come last. */
export function CommandList({ runId }: { runId: string }) {
  const { state, pendingCommands, resend, dismiss } = useRun(runId);
  if (state === undefined || state.commands.length + pendingCommands.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="commands-heading">
      <h2 id="commands-heading">Commands</h2>
      <ul className="commands">
        {state.commands.map(({ commandId, command, actor, status, reason }) => (
          <li key={commandId} data-status={status}>
            <strong>{status}</strong> {summaryOf(command)}{' '}
            <span className="quiet">
              {actor.name ?? actor.id}
              {reason !== undefined && `, ${reason}`}
            </span>
          </li>
        ))}
        {pendingCommands.map(({ commandId, command, status, error }) => (
          <li key={commandId} data-status={status}>
            <strong>{status}</strong> {summaryOf(command)}
            {error !== undefined && <p role="alert">{error.message}</p>}
            {status === 'unknown' && <button onClick={() => void resend(commandId)}>Resend</button>}
            {status === 'refused' && <button onClick={() => dismiss(commandId)}>Dismiss</button>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function summaryOf(command: Command): string {
  switch (command.kind) {
    case 'steer':
      return `“${command.text}”`;
    case 'redirect':
      return `continue with the ${command.to}${command.text === undefined ? '' : `: “${command.text}”`}`;
    case 'cancel':
      return command.target === 'run' ? 'cancel the run' : 'skip the stage';
    default:
      command satisfies never;
      return '';
  }
}
