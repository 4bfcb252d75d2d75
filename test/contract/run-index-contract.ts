import { expect, test } from 'vitest';
import type { RunSummary } from '@stagewire/shared';
import { LogConflict } from '../../server/log/event-log.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { summarize } from '@stagewire/shared';
import { durableEntries } from '../support/durable-entries.ts';
import { createRunScript, queuedBody, runIdOf } from '../support/run-script.ts';
import type { OpenLog } from './event-log-contract.ts';

/** What every event log must know of its runs as wholes: its lists, and what is left of removed ones. */
export function runIndexContract(open: OpenLog): void {
  test('runs are listed newest first, filtered, in pages', async () => {
    await using it = await open();
    const started = Array.from({ length: 7 }, (_, number) => {
      // Two runs are queued at each instant, so that the id decides between them.
      const script = createRunScript(runIdOf(number), {
        startMs: Date.UTC(2026, 0, 1) + Math.floor(number / 2),
      });
      const labels = { 'odd "name"': String(number % 2), 'ü.$': 'x' };
      return { script, begin: script.begin({ owner: number < 5 ? 'ann' : 'bob', labels }) };
    });
    await Promise.all(started.map(({ begin }) => it.log.append(begin)));
    await it.log.append(started[2]!.script.complete());
    const ids = (items: readonly RunSummary[]) => items.map(({ runId }) => Number(runId.slice(4)));
    const list = async (query: Parameters<EventLog['list']>[0]) => ids(await it.log.list(query));
    expect(await list({ limit: 10 })).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(await list({ limit: 10, owners: ['bob'] })).toEqual([6, 5]);
    expect(await list({ limit: 10, status: ['completed', 'failed'] })).toEqual([2]);
    expect(await list({ limit: 10, status: ['running'], owners: ['ann'] })).toEqual([4, 3, 1, 0]);
    expect(await list({ limit: 10, labels: { 'odd "name"': '1' } })).toEqual([5, 3, 1]);
    expect(await list({ limit: 10, labels: { 'odd "name"': '1', 'ü.$': 'x' }, owners: ['ann'] })).toEqual([
      3, 1,
    ]);
    expect(await list({ limit: 10, labels: { 'ü.$': 'y' } })).toEqual([]);
    expect(await list({ limit: 10, labels: { missing: '' } })).toEqual([]);
    const paged: number[] = [];
    for (let before: RunSummary | undefined; paged.length < 7;) {
      const page = await it.log.list({ limit: 3, ...(before === undefined ? {} : { before }) });
      paged.push(...ids(page));
      before = page.at(-1);
    }
    expect(paged).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(await it.log.liveRuns()).toEqual([0, 1, 3, 4, 5, 6].map(runIdOf));
  });

  test('the runs of several owners are one list, in pages of any size', async () => {
    await using it = await open();
    const names = Array.from({ length: 40 }, (_, number) => `owner ${number}`);
    const scripts = Array.from({ length: 120 }, (_, number) => {
      // Two runs are queued at each instant, so that the id decides between them.
      const startMs = Date.UTC(2026, 0, 1) + Math.floor(number / 2);
      const script = createRunScript(runIdOf(number), { startMs });
      const labels = { third: String(number % 3) };
      return { number, append: script.begin({ owner: names[(number * 7) % 40]!, labels }), script };
    });
    await Promise.all(scripts.map(({ append }) => it.log.append(append)));
    await Promise.all(scripts.slice(0, 60).map(({ script }) => it.log.append(script.complete())));
    // Up to 32 owners are merged, more are filtered.
    for (const count of [0, 1, 2, 5, 32, 33, 40]) {
      const owners = [...names.slice(0, count), ...names.slice(0, 1)].slice(0, Math.max(count, 0) + 1);
      const query = { owners: count === 0 ? [] : owners };
      const expected = (matches: (number: number) => boolean) =>
        scripts
          .filter(({ number }) => names.indexOf(names[(number * 7) % 40]!) < count && matches(number))
          .map(({ number }) => runIdOf(number))
          .toReversed();
      for (const [filter, matches] of [
        [{}, () => true],
        [{ labels: { third: '1' } }, (number: number) => number % 3 === 1],
        [{ status: ['completed'] }, (number: number) => number < 60],
      ] as const) {
        for (const limit of [1, 7, 200]) {
          const paged: string[] = [];
          let before: RunSummary | undefined;
          do {
            const page = await it.log.list({
              ...query,
              ...(filter as Partial<Parameters<EventLog['list']>[0]>),
              limit,
              ...(before === undefined ? {} : { before }),
            });
            paged.push(...page.map(({ runId }) => runId));
            before = page.length < limit ? undefined : page.at(-1);
          } while (before !== undefined);
          expect(paged, `${count} owners, pages of ${limit}, ${JSON.stringify(filter)}`).toEqual(
            expected(matches),
          );
        }
      }
    }
  });

  test('the index has the owner of every run, whatever has become of it', async () => {
    await using it = await open();
    const scripts = [1, 2, 3, 4].map((number) => createRunScript(runIdOf(number)));
    const [live, expired, deleted, aside] = scripts;
    for (const [index, script] of scripts.entries())
      await it.log.append(script.begin({ owner: `o${index}` }));
    for (const script of [expired!, deleted!, aside!]) await it.log.append(script.complete());
    await it.log.remove(expired!.runId);
    const at = '2026-02-03T04:05:06.007Z';
    await it.log.delete(deleted!.runId, { actor: { id: 'a', kind: 'user' }, at });
    await it.log.setAside(aside!.runId, 'a test');
    const owners = [live!, expired!, deleted!, aside!].map(({ runId }) => it.log.ownerOf(runId));
    expect(await Promise.all(owners)).toEqual(['o0', 'o1', 'o2', 'o3']);
    expect(await it.log.ownerOf(runIdOf(9))).toBeUndefined();
    expect(await it.log.head(expired!.runId)).toEqual({ status: 'removed', owner: 'o1' });
    expect(await it.log.head(deleted!.runId)).toMatchObject({ status: 'removed', owner: 'o2' });
  });

  test('the index is what the events say', async () => {
    await using it = await open();
    const usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' } as const;
    const [done, failed, cancelled, live, queued] = [1, 2, 3, 4, 5].map((n) => createRunScript(runIdOf(n)));
    const failure = { code: 'INTERNAL', message: 'x', retryable: false } as const;
    const actor = { id: 'a', kind: 'user' } as const;
    const begun = [done!, failed!, cancelled!, live!].map((run) =>
      run.begin({ task: 'x'.repeat(199) + '🙂🙂' }),
    );
    for (const append of begun) await it.log.append(append);
    await it.log.append(done!.next({ type: 'run.completed', verdict: 'approved', usage, durationMs: 1 }));
    await it.log.append(failed!.next({ type: 'run.failed', failure, stage: 1 }));
    await it.log.append(cancelled!.next({ type: 'run.cancelled', commandId: 'c', actor }));
    await it.log.append(live!.deltas('a'));
    await it.log.append(queued!.next(queuedBody()));
    const rebuilt = new Map<string, RunSummary>();
    for (const { event } of durableEntries(await it.log.readAll({ after: 0, limit: 1000 }))) {
      rebuilt.set(event.runId, summarize(rebuilt.get(event.runId), event));
    }
    const listed = await it.log.list({ limit: 100 });
    expect(new Map(listed.map((summary) => [summary.runId, summary]))).toEqual(rebuilt);
    expect(listed.map(({ status }) => status)).toEqual([
      'queued',
      'running',
      'cancelled',
      'failed',
      'completed',
    ]);
    expect(listed[1]).toMatchObject({
      task: 'x'.repeat(199),
      current: { stage: 1, role: 'coder', attempt: 1 },
    });
    expect(listed[4]).toMatchObject({ current: null, verdict: 'approved' });
  });

  test('a removed run leaves a tombstone, and its orders are not given again', async () => {
    await using it = await open();
    const [kept, gone, live] = [1, 2, 3].map((number) => createRunScript(runIdOf(number)));
    for (const append of [kept!.begin(), live!.begin(), gone!.begin(), gone!.complete()])
      await it.log.append(append);
    const last = await it.log.lastGlobalPosition();
    await expect(it.log.remove(live!.runId)).rejects.toThrow('live');
    await it.log.remove(gone!.runId);
    await it.log.remove(gone!.runId);
    await it.log.remove(runIdOf(99));
    expect(await it.log.head(gone!.runId)).toEqual({ status: 'removed', owner: 'local' });
    expect(await it.log.read(gone!.runId, { after: 0, limit: 9 })).toEqual([]);
    expect(await it.log.at(gone!.runId, 1)).toBeUndefined();
    expect((await it.log.readAll({ after: 0, limit: 99 })).map(({ event }) => event.runId)).not.toContain(
      gone!.runId,
    );
    expect((await it.log.list({ limit: 9 })).map(({ runId }) => runId)).toEqual([live!.runId, kept!.runId]);
    expect(await it.log.lastGlobalPosition()).toBe(last);
    await expect(it.log.append(createRunScript(gone!.runId).begin())).rejects.toThrow(LogConflict);
    await it.log.append(kept!.deltas('a'));
    expect(await it.log.lastGlobalPosition()).toBeGreaterThan(last);
  });
}
