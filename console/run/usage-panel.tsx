import { costText, grouped, addUsage, noUsage, duration } from '@stagewire/client';
import { memo } from 'react';
import type { RunState, StageState, Usage } from '@stagewire/client';
import { shortCount } from '../shell/units.ts';
import { capitalized } from '../shell/labels.ts';
import { elapsedMs, rateOf } from './stage-facts.ts';

/** Tokens of each attempt, of stages with several attempts, and of the run. */
export const UsagePanel = memo(
  function UsagePanel({ state }: { readonly state: RunState }) {
    const uncertain = state.usage.source !== 'final';
    return (
      <>
        <div className="table-scroll" tabIndex={0} role="group" aria-label="Usage">
          <table className="usage">
            <thead>
              <tr>
                <th scope="col">Attempt</th>
                <th scope="col">In</th>
                <th scope="col">Out</th>
                <th scope="col">Time</th>
                <th scope="col">tok/s</th>
              </tr>
            </thead>
            <tbody>
              {state.stages.map((stage) => (
                <StageRows key={stage.stage} stage={stage} />
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">
                  Run
                  <CostLine cost={state.cost} />
                </th>
                <Tokens usage={state.usage} />
                <td>
                  {state.startedAt === undefined || state.endedAt === undefined
                    ? ''
                    : duration(Date.parse(state.endedAt) - Date.parse(state.startedAt))}
                </td>
                <td />
              </tr>
            </tfoot>
          </table>
        </div>
        <p className="muted note">
          Ended attempts only.{' '}
          {uncertain && '≈ marks estimates from characters, where the provider reported no usage. '}
          {state.usage.reasoningTokens > 0 &&
            `${grouped(state.usage.reasoningTokens)} output tokens are reasoning.`}
        </p>
      </>
    );
  },
  // Does not depend on the texts of stages.
  (one, other) =>
    one.state.usage === other.state.usage &&
    one.state.cost === other.state.cost &&
    one.state.status === other.state.status &&
    one.state.stages.length === other.state.stages.length,
);

function StageRows({ stage }: { readonly stage: StageState }) {
  const ended = stage.attempts.filter((it) => it.usage !== null);
  const usages = ended.flatMap(({ usage }) => usage ?? []);
  return (
    <>
      {ended.map((it) => (
        <tr key={it.attempt}>
          <th scope="row">
            {stage.stage} {capitalized(stage.role)}
            {stage.attempts.length > 1 && <span className="muted">, attempt {it.attempt}</span>}
            <CostLine cost={it.cost} />
          </th>
          <Tokens usage={it.usage} />
          <td>{duration(elapsedMs(it, Date.parse(it.endedAt ?? it.startedAt)))}</td>
          <td>{rateOf(it) === undefined ? '' : shortCount(rateOf(it) ?? 0)}</td>
        </tr>
      ))}
      {ended.length > 1 && (
        <tr className="sum">
          <th scope="row">
            Stage {stage.stage} total
            <CostLine cost={stage.cost} />
          </th>
          <Tokens usage={usages.reduce(addUsage, noUsage)} />
          <td />
          <td />
        </tr>
      )}
    </>
  );
}

/** A cost, below the name of its row; nothing where it is unknown. */
function CostLine({ cost }: { readonly cost: Parameters<typeof costText>[0] | undefined }) {
  return cost === undefined ? null : <span className="cost">{costText(cost)}</span>;
}

function Tokens({ usage }: { readonly usage: Usage | null }) {
  const sign = usage === null || usage.source === 'final' ? '' : '≈';
  return (
    <>
      <td>
        {usage === null ? '' : `${sign}${grouped(usage.inputTokens)}`}
        {usage === null || (usage.cachedInputTokens ?? 0) === 0 ? null : (
          <span className="cached">{grouped(usage.cachedInputTokens ?? 0)} cached</span>
        )}
      </td>
      <td>{usage === null ? '' : `${sign}${grouped(usage.outputTokens)}`}</td>
    </>
  );
}
