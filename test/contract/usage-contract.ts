import type { Cost, EventBody, Usage } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { LogConflict } from '../../server/log/event-log.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import type { OpenLog } from './event-log-contract.ts';

const ofStage = { stage: 1, role: 'coder', attempt: 1 } as const;
const by = { actor: { id: 'ada', kind: 'user' }, at: '2026-02-03T04:05:06.007Z' } as const;
const none = { tokens: 0, costs: {} };

function completed(tokens: number, amount?: string, currency = 'USD'): EventBody {
  const usage: Usage = { inputTokens: tokens, outputTokens: 1, reasoningTokens: 1, source: 'final' };
  const cost: Cost | undefined =
    amount === undefined ? undefined : { amount, currency, pricesOf: '2026-01-01' };
  return {
    type: 'stage.completed',
    ...ofStage,
    chars: 0,
    finishReason: 'stop',
    usage,
    ttftMs: 1,
    durationMs: 2,
    ...(cost === undefined ? {} : { cost }),
  };
}

const ended = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' } as const;
const runCompleted: EventBody = { type: 'run.completed', verdict: 'none', usage: ended, durationMs: 3 };

/** What every log must do with the counters of the days. */
export function usageContract(open: OpenLog): void {
  test('counts what attempts used on the day of their end, by owner, exactly', async () => {
    await using it = await open();
    const ada = createRunScript(runIdOf(1), { startMs: Date.UTC(2026, 0, 31) });
    const ben = createRunScript(runIdOf(2), { startMs: Date.UTC(2026, 0, 31) });
    const later = createRunScript(runIdOf(3), { startMs: Date.UTC(2026, 1, 1) });
    for (const [run, owner] of [
      [ada, 'ada'],
      [ben, 'ben'],
      [later, 'ada'],
    ] as const)
      await it.log.append(run.begin({ owner }));
    expect(await it.log.usageOfDay('2026-01-31')).toEqual(none);
    // One turn: the appends may be one transaction.
    await Promise.all([
      it.log.append(ada.next(completed(10, '0.1'), runCompleted)),
      it.log.append(ben.next(completed(20, '0.200000000001'), runCompleted)),
      it.log.append(later.next(completed(40), runCompleted)),
    ]);
    expect(await it.log.usageOfDay('2026-01-31', 'ada')).toEqual({ tokens: 11, costs: { USD: '0.1' } });
    expect(await it.log.usageOfDay('2026-01-31')).toEqual({ tokens: 32, costs: { USD: '0.300000000001' } });
    expect(await it.log.usageOfDay('2026-02-01', 'ada')).toEqual({ tokens: 41, costs: {} });
    expect(await it.log.usageOfDay('2026-02-01', 'ben')).toEqual(none);
  });

  test('keeps currencies apart, and adds up what later attempts use', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    await it.log.append(run.begin());
    await it.log.append(run.next(completed(1, '2.5', 'EUR'), completed(2, '0.3'), completed(3, '0.1')));
    await it.log.append(run.next(completed(4, '0.5', 'EUR')));
    const expected = { tokens: 14, costs: { EUR: '3', USD: '0.4' } };
    expect(await it.log.usageOfDay('2026-01-01', 'local')).toEqual(expected);
  });

  test('stays when runs are deleted or removed', async () => {
    await using it = await open();
    const [gone, old] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
    for (const append of [gone.begin(), gone.complete(), old.begin(), old.complete()])
      await it.log.append(append);
    const before = await it.log.usageOfDay('2026-01-01');
    expect(before.tokens).toBe(4);
    await it.log.delete(gone.runId, by);
    await it.log.remove(old.runId);
    await it.log.purge();
    expect(await it.log.usageOfDay('2026-01-01')).toEqual(before);
  });

  test('neither a rejected append nor an inherited attempt is counted', async () => {
    await using it = await open();
    const [run, copy] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
    await it.log.append(run.begin());
    const stale = { ...run.next(completed(5)), expectedSeq: 1 };
    const again = { ...stale, events: stale.events.map((event) => ({ ...event, seq: 2 })) };
    await expect(it.log.append(again)).rejects.toThrow(LogConflict);
    const inheritedFrom = { runId: runIdOf(9), seq: 5, at: '2026-01-01T00:00:00.000Z' };
    await it.log.append(copy.begin());
    await it.log.append(copy.next({ ...completed(7), inheritedFrom }));
    expect(await it.log.usageOfDay('2026-01-01')).toEqual(none);
  });
}
