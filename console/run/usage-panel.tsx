import { addUsage, budgetText, counted, duration, grouped, noUsage } from '@stagewire/client';
import { memo } from 'react';
import type { AttemptState, Cost, RunState, StageState, TotalCost, Usage } from '@stagewire/client';
import { shortCost, shortCount } from '../shell/units.ts';
import { isInherited } from '../lineage/inherited.ts';
import { capitalized } from '../shell/labels.ts';
import { elapsedMs, rateOf } from './stage-facts.ts';

/** Tokens and cost of each attempt, of stages with several attempts, and of the run. */
export const UsagePanel = memo(
  function UsagePanel({ state }: { readonly state: RunState }) {
    const uncertain = state.usage.source !== 'final';
    const currency = state.cost?.currency;
    const budget = budgetText(state);
    return (
      <>
        <div className="table-scroll" tabIndex={0} role="group" aria-label="Usage">
          <table className="usage">
            <thead>
              <tr>
                <th scope="col">Attempt</th>
                <th scope="col">In</th>
                <th scope="col">Out</th>
                {currency !== undefined && <th scope="col">{currency}</th>}
                <th scope="col">Time</th>
              </tr>
            </thead>
            <tbody>
              {state.stages.map((stage) => (
                <StageRows key={stage.stage} stage={stage} currency={currency} />
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">Run</th>
                <Tokens usage={state.usage} />
                {currency !== undefined && <CostCell cost={state.cost} currency={currency} />}
                <td>
                  {state.startedAt === undefined || state.endedAt === undefined
                    ? ''
                    : duration(Date.parse(state.endedAt) - Date.parse(state.startedAt))}
                </td>
              </tr>
            </tfoot>
          </table>
        </div>
        <p className="muted note">
          Ended attempts only.{' '}
          {state.stages.some(({ attempts }) => attempts.some(isInherited)) &&
            'Inherited attempts are not in the total. '}
          {uncertain && '≈ marks estimates from characters, where the provider reported no usage. '}
          {state.usage.reasoningTokens > 0 &&
            `${grouped(state.usage.reasoningTokens)} output tokens are reasoning. `}
          {state.cost !== undefined && costNote(state.cost, state.stages)}
          {budget !== '' && ` Budget of the run: ${budget}.`}
        </p>
      </>
    );
  },
  // Does not depend on the texts of stages.
  (one, other) =>
    one.state.usage === other.state.usage &&
    one.state.status === other.state.status &&
    one.state.stages.length === other.state.stages.length,
);

interface StageRowsProps {
  readonly stage: StageState;
  readonly currency: string | undefined;
}

function StageRows({ stage, currency }: StageRowsProps) {
  const ended = stage.attempts.filter((it) => it.usage !== null);
  const own = ended.filter((it) => !isInherited(it));
  const usages = own.flatMap(({ usage }) => usage ?? []);
  return (
    <>
      {ended.map((it) => (
        <tr key={it.attempt} className={isInherited(it) ? 'is-inherited' : undefined}>
          <th scope="row">
            {stage.stage} {capitalized(stage.role)}
            {stage.attempts.length > 1 && <span className="muted">, attempt {it.attempt}</span>}
            {isInherited(it) && <span className="muted">, inherited</span>}
          </th>
          <Tokens usage={it.usage} />
          {currency !== undefined && <CostCell cost={it.cost} currency={currency} />}
          <TimeCell attempt={it} />
        </tr>
      ))}
      {own.length > 1 && (
        <tr className="sum">
          <th scope="row">Stage {stage.stage} total</th>
          <Tokens usage={usages.reduce(addUsage, noUsage)} />
          {currency !== undefined && <CostCell cost={stage.cost} currency={currency} />}
          <td />
        </tr>
      )}
    </>
  );
}

/** The time of an ended attempt, and below it the rate, if it took long enough for one. */
function TimeCell({ attempt }: { readonly attempt: AttemptState }) {
  const rate = rateOf(attempt);
  return (
    <td>
      {duration(elapsedMs(attempt, Date.parse(attempt.endedAt ?? attempt.startedAt)))}
      {rate !== undefined && <span className="usage-more">{shortCount(rate)} tok/s</span>}
    </td>
  );
}

function CostCell({
  cost,
  currency,
}: {
  readonly cost: Cost | TotalCost | undefined;
  readonly currency: string;
}) {
  if (cost === undefined) return <td title="Unknown cost">–</td>;
  return <td title={`${cost.amount} ${cost.currency}`}>{shortCost(cost, currency)}</td>;
}

/** Which price lists the cost is from, and what it leaves out. */
function costNote({ unpricedAttempts }: TotalCost, stages: readonly StageState[]): string {
  const own = stages.flatMap(({ attempts }) => attempts.filter((it) => it.inheritedFrom === undefined));
  const costs = own.flatMap(({ cost }) => cost ?? []);
  const dates = [...new Set(costs.map(({ pricesOf }) => pricesOf))].join(', ');
  const unpriced =
    unpricedAttempts === 0 ? '' : ` The cost of ${counted(unpricedAttempts, 'attempt')} is unknown.`;
  return `Prices of ${dates}.${unpriced}`;
}

function Tokens({ usage }: { readonly usage: Usage | null }) {
  const sign = usage === null || usage.source === 'final' ? '' : '≈';
  return (
    <>
      <td>
        {usage === null ? '' : `${sign}${grouped(usage.inputTokens)}`}
        {usage === null || (usage.cachedInputTokens ?? 0) === 0 ? null : (
          <span className="usage-more">{grouped(usage.cachedInputTokens ?? 0)} cached</span>
        )}
      </td>
      <td>{usage === null ? '' : `${sign}${grouped(usage.outputTokens)}`}</td>
    </>
  );
}
