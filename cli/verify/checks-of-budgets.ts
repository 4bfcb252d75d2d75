import type { Check } from './check.ts';
import { fits, holds, same } from './expectation.ts';
import { eventsOf, limitedRun } from './rehearsed-runs.ts';

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
      const [failed, ended] = events.slice(-2);
      holds(failed?.type === 'stage.failed', 'stage.failed as the last event but one', failed);
      holds(failed.chars > 0, 'a text', failed);
      const { details } = failed.failure;
      holds(details?.limit === 'maxTokens', 'the limit maxTokens', failed.failure);
      holds(details.used >= details.max, 'at least as much used as the limit', details);
      fits('the end', ended, { type: 'run.failed', failure: failed.failure, stage: failed.stage });
    },
  },
];
