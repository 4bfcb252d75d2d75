import { grouped } from '@stagewire/client';
import { FieldProblem, fieldProps, type ProblemOf } from './field-problem.tsx';
import { limitReader } from './limit-reader.ts';
import type { StartDraft } from './start-draft.ts';
import { amountIn, durationDraft, timeUnits, type TimeUnit } from './duration-draft.ts';

export interface LimitFieldsProps {
  readonly draft: StartDraft;
  /** The server's limits. */
  readonly limits: Readonly<Record<string, number>>;
  /** Of the server's price list. @default no list, so no run can have a budget of money */
  readonly currency?: string | undefined;
  readonly problemOf: ProblemOf;
  readonly onChange: (change: Partial<StartDraft>) => void;
}

/** Limits of a run. Empty fields use the server's. */
export function LimitFields({ draft, limits, currency, problemOf, onChange }: LimitFieldsProps) {
  const limit = limitReader(limits);
  const unit = draft.time.unit ?? durationDraft(limit('maxDurationMs')).unit;
  return (
    <div className="field-group" role="group" aria-labelledby="limits-title">
      <p className="field-group-title" id="limits-title">
        Limits
      </p>
      <p className="muted">A run that reaches a limit fails. Empty fields use the server’s limits.</p>
      <div className="limit-row">
        <label htmlFor="limit-attempts">Maximum attempts per stage</label>
        <input
          id="limit-attempts"
          inputMode="numeric"
          autoComplete="off"
          placeholder={grouped(limit('maxAttemptsPerStage'))}
          value={draft.attempts}
          onChange={(event) => onChange({ attempts: event.target.value })}
          {...fieldProps('attempts', problemOf)}
        />
        <FieldProblem field="attempts" problemOf={problemOf} />
      </div>
      <div className="limit-row">
        <label htmlFor="limit-time">Maximum duration of the run</label>
        <input
          id="limit-time"
          inputMode="decimal"
          autoComplete="off"
          placeholder={amountIn(unit, limit('maxDurationMs'))}
          value={draft.time.amount}
          onChange={(event) => onChange({ time: { amount: event.target.value, unit } })}
          {...fieldProps('time', problemOf)}
        />
        <select
          aria-label="Unit of the duration"
          value={unit}
          onChange={(event) => onChange({ time: { ...draft.time, unit: event.target.value as TimeUnit } })}
        >
          {timeUnits.map((it) => (
            <option key={it} value={it}>
              {it}
            </option>
          ))}
        </select>
        <FieldProblem field="time" problemOf={problemOf} />
      </div>
      <div className="limit-row">
        <label htmlFor="limit-tokens">Maximum tokens of the run</label>
        <input
          id="limit-tokens"
          inputMode="numeric"
          autoComplete="off"
          placeholder="No limit"
          value={draft.tokens}
          onChange={(event) => onChange({ tokens: event.target.value })}
          {...fieldProps('tokens', problemOf)}
        />
        <FieldProblem field="tokens" problemOf={problemOf} />
      </div>
      {(currency !== undefined || draft.cost !== '') && (
        <div className="limit-row">
          <label htmlFor="limit-cost">
            Maximum cost of the run{currency === undefined ? '' : ` in ${currency}`}
          </label>
          <input
            id="limit-cost"
            inputMode="decimal"
            autoComplete="off"
            placeholder="No limit"
            value={draft.cost}
            onChange={(event) => onChange({ cost: event.target.value })}
            {...fieldProps('cost', problemOf)}
          />
          <FieldProblem field="cost" problemOf={problemOf} />
        </div>
      )}
    </div>
  );
}
