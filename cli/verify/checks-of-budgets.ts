import type { RunEvent } from '@stagewire/shared';
import { formatUnits, parseUnits } from '@stagewire/shared/decimal';
import { limitEndsTheRun, reachedLimitIsCounted } from '@stagewire/shared/invariants/budget-invariants';
import type { Check } from './check.ts';
import { CheckSkipped, fits, holds, same } from './expectation.ts';
import { eventsOf, limitedRun, pricedShape } from './rehearsed-runs.ts';
import { namedFields, rejectedWith } from './rejections.ts';
import { startInput, type CheckTools } from './verify-kit.ts';

/** P78: budgets of a run. */
export const checksOfBudgets: readonly Check[] = [
  {
    rule: 'P78',
    name: 'a run that has used its maxTokens fails with LIMIT_REACHED, and its failure has the limit',
    async run(kit) {
      const input = { shape: 'ttft=0,tps=0,seed=7', roles: ['documenter'], limits: { maxTokens: 1 } };
      const events = (await kit.record(input)).map(({ event }) => event);
      const [failed, ended] = events.slice(-2);
      holds(failed?.type === 'stage.failed', 'stage.failed as the last event but one', failed);
      same('its code', failed.failure.code, 'LIMIT_REACHED');
      fits('the details of the failure', failed.failure.details, { limit: 'maxTokens', max: 1 });
      fits('the end', ended, { type: 'run.failed', failure: failed.failure, stage: 1 });
      same('the texts of the run', events.filter(({ type }) => type === 'stage.delta').length, 0);
    },
  },
  {
    rule: 'P78',
    name: 'a run that reaches its maxTokens while the model writes keeps the text, and has used as much as the limit',
    async run(kit) {
      const events = eventsOf(await limitedRun(kit));
      const failed = endingFailure(events);
      holds(failed.chars > 0, 'a text', failed);
      const { details } = failed.failure;
      holds(details?.limit === 'maxTokens', 'the limit maxTokens', failed.failure);
      holds(details.used >= details.max, 'at least as much used as the limit', details);
    },
  },
  {
    rule: 'P78',
    name: 'a run with a maxCost is rejected where the server cannot know its cost',
    async run(kit) {
      const isPriced = await acceptsMaxCost(kit);
      holds(!isPriced || kit.info.prices !== undefined, 'no maxCost without prices', kit.info);
    },
  },
  {
    rule: 'P78',
    name: 'a run that reaches its maxCost fails with LIMIT_REACHED, and its failure has the cost and the currency',
    async run(kit) {
      if (!(await acceptsMaxCost(kit)))
        throw new CheckSkipped(`it needs a price of rehearsal/${pricedShape} in STAGEWIRE_PRICES`);
      const input = { shape: pricedShape, roles: ['architect', 'documenter'] };
      const whole = eventsOf(await kit.record(input));
      const costs = whole.flatMap((event) =>
        event.type === 'stage.completed' && event.cost !== undefined ? [parseUnits(event.cost.amount)] : [],
      );
      holds(costs.length === 2, 'a cost of each attempt', whole);
      if (costs[1] === 0n)
        throw new CheckSkipped(`it needs a price above 0 of rehearsal/${pricedShape} in STAGEWIRE_PRICES`);
      // Most of the last attempt.
      const max = formatUnits((costs[0] ?? 0n) + (3n * (costs[1] ?? 0n)) / 4n);
      const events = eventsOf(await kit.record({ ...input, limits: { maxCost: max } }));
      const failed = endingFailure(events);
      const { details } = failed.failure;
      holds(details?.limit === 'maxCost', 'the limit maxCost', failed.failure);
      fits('the details of the failure', details, { max, currency: kit.info.prices?.currency });
      const isWritten = failed.chars > 0;
      holds(!isWritten || parseUnits(details.used) >= parseUnits(max), 'as much used as the limit', details);
      same('what is wrong', [...limitEndsTheRun(events), ...reachedLimitIsCounted(events)], []);
    },
  },
];

/** The stage whose failure has ended the run. */
function endingFailure(events: readonly RunEvent[]) {
  const [failed, ended] = events.slice(-2);
  holds(failed?.type === 'stage.failed', 'stage.failed as the last event but one', failed);
  fits('the end', ended, { type: 'run.failed', failure: failed.failure, stage: failed.stage });
  return failed;
}

/** Does the server start a run with a limit of its cost? @throws CheckFailed if it rejects that with another error */
async function acceptsMaxCost(kit: CheckTools): Promise<boolean> {
  const wire = await kit.wire();
  const input = startInput({ shape: pricedShape, roles: ['documenter'], limits: { maxCost: '0.000001' } });
  const frame = await wire.ask('mutation', 'runs.start', { runId: kit.newRunId(), ...input });
  if (frame.error === undefined) return true;
  const error = rejectedWith(frame, 'INVALID_INPUT');
  same('the field', namedFields(error), ['limits.maxCost']);
  return false;
}
