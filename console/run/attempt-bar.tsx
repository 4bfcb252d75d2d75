import { costText, duration, grouped } from '@stagewire/client';
import type { AttemptState, StageState } from '@stagewire/client';
import { cachedSuffix, shortCount } from '../shell/units.ts';
import { useNow } from '../shell/use-now.ts';
import { causeLabel } from './attempt-labels.ts';
import { elapsedMs, roughTokens } from './stage-facts.ts';
import { StatusIcon } from './stage-icon.tsx';
import { useRate } from './use-rate.ts';

export interface AttemptBarProps {
  readonly stage: StageState;
  readonly shown: AttemptState;
  /** The time of the run's last event. */
  readonly updatedAt: string;
  readonly onShow: (attempt: number) => void;
}

/** A selector for the attempts of a stage, and the figures of the one that is shown. */
export function AttemptBar({ stage, shown, updatedAt, onShow }: AttemptBarProps) {
  return (
    <div className="attempt-bar">
      {stage.attempts.length > 1 && (
        <div className="attempts" role="group" aria-label="Attempts">
          {stage.attempts.map((it) => (
            <button
              key={it.attempt}
              type="button"
              aria-pressed={it.attempt === shown.attempt}
              title={`Attempt ${it.attempt}, ${causeLabel(it)}, ${it.status}`}
              onClick={() => onShow(it.attempt)}
            >
              <StatusIcon status={it.status} size={13} />
              <span className="hidden">Attempt </span>
              {it.attempt}
            </button>
          ))}
        </div>
      )}
      <Facts key={`${stage.stage}-${shown.attempt}`} attempt={shown} updatedAt={updatedAt} />
    </div>
  );
}

function Facts({ attempt, updatedAt }: { readonly attempt: AttemptState; readonly updatedAt: string }) {
  const running = attempt.status === 'running';
  const now = useNow(running);
  const rate = useRate(attempt, { updatedAt, nowMs: now });
  const { usage } = attempt;
  const sign = usage === null || usage.source === 'final' ? '' : '≈';
  return (
    <dl className="facts">
      <div>
        <dt className="hidden">Model</dt>
        <dd className="mono">{attempt.model}</dd>
      </div>
      <div>
        <dt className="hidden">Time</dt>
        <dd>{duration(elapsedMs(attempt, now))}</dd>
      </div>
      <div>
        <dt className="hidden">Tokens</dt>
        <dd>
          {usage === null
            ? `≈${grouped(roughTokens(attempt.text.length - attempt.keptChars + attempt.reasoning.length))} tokens out`
            : `${sign}${grouped(usage.inputTokens)} in${cachedSuffix(usage)}, ${sign}${grouped(usage.outputTokens)} out`}
        </dd>
      </div>
      {attempt.cost !== undefined && (
        <div>
          <dt className="hidden">Cost</dt>
          <dd>{costText(attempt.cost)}</dd>
        </div>
      )}
      {rate !== undefined && (
        <div>
          <dt className="hidden">Speed</dt>
          <dd>
            {running ? '≈' : ''}
            {shortCount(rate)} tok/s
          </dd>
        </div>
      )}
    </dl>
  );
}
