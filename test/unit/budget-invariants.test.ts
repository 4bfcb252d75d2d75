import type { RunEvent } from '@stagewire/shared';
import { allInvariants } from '@stagewire/shared/invariants/all-invariants';
import { describe, expect, test } from 'vitest';

const failure = {
  code: 'LIMIT_REACHED',
  message: 'the run has reached its budget',
  retryable: false,
  details: { limit: 'maxTokens', used: 34, max: 30 },
};
const usage = { inputTokens: 12, outputTokens: 5, reasoningTokens: 0, source: 'final' };
const of = (stage: number, event: object) => ({ stage, attempt: 1, role: 'architect', usage, ...event });

/** A run that reaches its budget in its second stage, while a command is pending. */
const limited = [
  { type: 'run.queued', pipeline: {}, limits: { maxAttemptsPerStage: 8, maxTokens: 30 } },
  { type: 'run.planned', roles: ['architect', 'architect'] },
  of(1, { type: 'stage.started', keptChars: 0, cause: 'plan' }),
  of(1, { type: 'stage.delta', offset: 0, text: 'abc' }),
  of(1, { type: 'stage.completed', chars: 3 }),
  of(2, { type: 'stage.started', keptChars: 0, cause: 'plan' }),
  of(2, { type: 'stage.delta', offset: 0, text: 'abc' }),
  { type: 'command.accepted', commandId: 's', command: { kind: 'steer', mode: 'next' } },
  of(2, { type: 'stage.failed', chars: 3, failure }),
  { type: 'command.dropped', commandId: 's', reason: 'run_failed' },
  { type: 'run.failed', failure, stage: 2 },
].map((event, index) => ({ runId: 'run_laws-00001', at: '', seq: index + 1, ...event }) as RunEvent);

const changed = (seq: number, change: object) =>
  limited.map((event) => (event.seq === seq ? { ...event, ...change } : event));
const withDetails = (details: object) => {
  const other = { ...failure, details: { ...failure.details, ...details } };
  return limited.map((event) => ('failure' in event ? ({ ...event, failure: other } as RunEvent) : event));
};

describe('the invariants of a run with a budget', () => {
  test('hold of a run that keeps them', () => {
    for (const invariant of Object.values(allInvariants)) expect(invariant(limited)).toEqual([]);
    // A call that was not made counts what was used before it.
    const unmade = withDetails({ used: 17 }).filter(({ seq }) => seq !== 7);
    expect(allInvariants.reachedLimitIsCounted(unmade)).toEqual([]);
  });

  const broken: readonly (readonly [keyof typeof allInvariants, string, readonly RunEvent[]])[] = [
    ['limitEndsTheRun', 'is to be retried', changed(9, { retryInMs: 500 })],
    ['limitEndsTheRun', 'nothing follows', limited.slice(0, -1)],
    ['limitEndsTheRun', 'stage.started follows instead', changed(11, { type: 'stage.started' })],
    ['limitEndsTheRun', 'in a later append', changed(11, { at: 'later' })],
    ['limitEndsTheRun', 'with another failure', changed(11, { failure: { ...failure, code: 'INTERNAL' } })],
    ['reachedLimitIsCounted', 'of 31, which is not that of the run', withDetails({ max: 31 })],
    ['reachedLimitIsCounted', 'with 51 used', withDetails({ used: 51 })],
    [
      'reachedLimitIsCounted',
      'of 1.5, which is not that of the run',
      withDetails({ limit: 'maxCost', max: '1.5', used: '2', currency: 'USD' }),
    ],
    [
      'nothingBeyondTheBudget',
      'stage.delta at seq 7 was written after 34 of 30',
      changed(5, { usage: { ...usage, inputTokens: 29 } }),
    ],
  ];

  test.each(broken)('%s finds what is wrong: %s', (name, problem, events) => {
    expect(allInvariants[name](events).join('\n')).toContain(problem);
  });
});
