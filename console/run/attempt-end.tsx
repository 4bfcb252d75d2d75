import { duration, grouped } from '@stagewire/client';
import type { AttemptState, RunState, StageState } from '@stagewire/client';
import { textOf, titleOf } from './commands.ts';
import { useOwnCommands } from './own-commands.ts';
import { isTruncated } from './attempt-labels.ts';
import { SkippedBlocks } from './skipped-blocks.tsx';
import { endingOf, type Ending } from './stage-facts.ts';
import { StatusIcon } from './stage-icon.tsx';

export interface AttemptEndProps {
  readonly state: RunState;
  readonly stage: StageState;
  readonly attempt: AttemptState;
  readonly onShowAttempt: (attempt: number) => void;
}

/** Where and why an attempt ended, below its text. */
export function AttemptEnd({ state, stage, attempt, onShowAttempt }: AttemptEndProps) {
  const own = useOwnCommands();
  if (attempt.status === 'running') return null;
  const ending = endingOf(state, stage, attempt);
  const { nextAttempt } = ending;
  const isLast = nextAttempt === undefined;
  return (
    <footer className={`attempt-end is-${attempt.status}`}>
      <p>
        <StatusIcon status={attempt.status} />
        <span>
          {sentence(ending, attempt)}
          {isLast && isTruncated(stage) && (
            <>
              {' '}
              <span className="badge is-cut">Truncated</span> The model reached its length limit; the end of
              the text is missing.
            </>
          )}
        </span>
        {nextAttempt !== undefined && (
          <button type="button" className="link" onClick={() => onShowAttempt(nextAttempt)}>
            Show attempt {nextAttempt}
          </button>
        )}
      </p>
      {ending.by.map((it) => (
        <blockquote key={it.commandId}>
          <span className="command-title">{titleOf(it.command)}</span> {textOf(it.command)}{' '}
          <span className="muted">{own.has(it.commandId) ? 'You' : (it.actor.name ?? it.actor.id)}</span>
        </blockquote>
      ))}
      <SkippedBlocks attempt={attempt} />
    </footer>
  );
}

function sentence({ status, cause, chars }: Ending, attempt: AttemptState): string {
  const where = `after ${grouped(chars)} characters`;
  switch (status) {
    case 'completed':
      return `Completed in ${duration(attempt.durationMs ?? 0)}, ${grouped(chars)} characters`;
    case 'failed':
      return `Failed ${where}: ${attempt.failure?.message ?? 'no reason given'} (${attempt.failure?.code ?? 'INTERNAL'})`;
    case 'cancelled':
      return `Cancelled ${where}; the text is kept`;
    case 'interrupted':
      if (cause === 'crash') return `Interrupted ${where}: the server stopped`;
      if (cause === 'length')
        return `Truncated ${where} at the model’s length limit; the next attempt continues`;
      if (cause === 'redirect') return `Interrupted ${where} by a redirect`;
      return cause === 'cancel' ? `Interrupted ${where} by a cancel` : `Interrupted ${where} by a steer`;
    default:
      return status;
  }
}
