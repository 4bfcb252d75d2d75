import { expect, test } from 'vitest';
import { LogConflict, RunMissing, type GlobalEntry } from '../../server/log/event-log.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import type { OpenLog } from './event-log-contract.ts';

const actor = { id: 'ada', kind: 'user' } as const;
const at = '2026-02-03T04:05:06.007Z';
const by = { actor, at };

/** What every log must do with deletions. */
export function deletionContract(open: OpenLog): void {
  const begun = async () => {
    const it = await open();
    const [kept, gone] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
    for (const append of [kept.begin(), gone.begin(), gone.deltas('a', 'b'), gone.complete()])
      await it.log.append(append);
    return { ...it, kept, gone };
  };

  test('a deleted run is gone from every query, and its tombstone says who and when', async () => {
    await using it = await begun();
    const { runId } = it.gone;
    expect(await it.log.delete(runId, by)).toEqual({ owner: 'local', ...by });
    expect(await it.log.head(runId)).toEqual({
      status: 'removed',
      owner: 'local',
      deletion: { owner: 'local', ...by },
    });
    expect(await it.log.position(runId, 1)).toEqual({
      head: { status: 'removed', owner: 'local', deletion: { owner: 'local', ...by } },
    });
    expect(await it.log.read(runId, { after: 0, limit: 9 })).toEqual([]);
    expect(await it.log.at(runId, 1)).toBeUndefined();
    expect((await it.log.list({ limit: 9 })).map((run) => run.runId)).toEqual([it.kept.runId]);
    expect(await it.log.list({ limit: 9, runId })).toEqual([]);
    expect(await it.log.endedRuns({ limit: 9 })).toEqual([]);
    await expect(it.log.append(createRunScript(runId).begin())).rejects.toThrow(LogConflict);
    await it.log.purge();
    expect(await it.log.head(runId)).toMatchObject({ status: 'removed' });
  });

  test('deleted again, the first deletion is returned', async () => {
    await using it = await begun();
    const first = await it.log.delete(it.gone.runId, by);
    const position = await it.log.lastGlobalPosition();
    const again = { actor: { ...actor, id: 'bob' }, at: '2027-01-01T00:00:00.000Z' };
    expect(await it.log.delete(it.gone.runId, again)).toEqual(first);
    expect(await it.log.lastGlobalPosition()).toBe(position);
  });

  test('a live run, an unknown one and one that retention has removed are not deleted', async () => {
    await using it = await begun();
    await expect(it.log.delete(it.kept.runId, by)).rejects.toThrow('live');
    await expect(it.log.delete(runIdOf(9), by)).rejects.toThrow(RunMissing);
    await it.log.remove(it.gone.runId);
    await expect(it.log.delete(it.gone.runId, by)).rejects.toThrow(RunMissing);
    expect(await it.log.readAll({ after: 0, limit: 99 })).toHaveLength(4);
  });

  test('a run that was set aside is deleted', async () => {
    await using it = await begun();
    await it.log.setAside(it.kept.runId, 'a test');
    expect(await it.log.head(it.kept.runId)).toMatchObject({ status: 'unreadable', owner: 'local' });
    expect(await it.log.delete(it.kept.runId, by)).toEqual({ owner: 'local', ...by });
    expect(await it.log.head(it.kept.runId)).toMatchObject({ status: 'removed', deletion: by });
    const last = (await it.log.readAll({ after: 0, limit: 99 })).at(-1);
    expect(last?.event).toEqual({ type: 'run.deleted', runId: it.kept.runId, seq: 1, ...by });
  });

  test('a deletion has one place in the global order, which a watcher and every later reader get', async () => {
    await using it = await begun();
    const heard: GlobalEntry[] = [];
    const ofRun: number[] = [];
    it.log.watchAll((entries) => heard.push(...entries));
    it.log.watch(it.gone.runId, (entries) => ofRun.push(entries.length));
    const before = await it.log.lastGlobalPosition();
    await it.log.append(it.kept.deltas('c'));
    await it.log.delete(it.gone.runId, by);
    await it.log.append(it.kept.deltas('d'));
    const deletion = {
      globalPosition: before + 2,
      owner: 'local',
      event: { type: 'run.deleted', runId: it.gone.runId, seq: it.gone.seq + 1, ...by },
    };
    const positions = heard.map(({ globalPosition }) => globalPosition);
    expect(positions).toEqual([before + 1, before + 2, before + 3]);
    expect(heard[1]).toEqual(deletion);
    // Without entries: the watcher must look why.
    expect(ofRun).toEqual([0]);
    expect(await it.log.readAll({ after: before, limit: 99 })).toEqual(heard);
    expect(await it.log.readAll({ after: before, limit: 99, deltas: false })).toEqual([deletion]);
    expect(await it.log.readAll({ after: before + 2, limit: 99, deltas: false })).toEqual([]);
  });

  test('pages of any size bring events and deletions once, and in order', async () => {
    await using it = await open();
    const runs = Array.from({ length: 6 }, (_, index) => createRunScript(runIdOf(index + 1)));
    for (const run of runs) {
      await it.log.append(run.begin());
      await it.log.append(run.deltas('a', 'b', 'c'));
    }
    for (const [index, run] of runs.entries()) {
      await it.log.append(run.complete());
      if (index % 2 === 0) await it.log.delete(run.runId, by);
    }
    const all = await it.log.readAll({ after: 0, limit: 1000 });
    expect(all.filter(({ event }) => event.type === 'run.deleted')).toHaveLength(3);
    for (const size of [
      { limit: 1 },
      { limit: 2 },
      { limit: 3 },
      { limit: 7 },
      { limit: 99, maxBytes: 900 },
    ]) {
      const read: GlobalEntry[] = [];
      for (;;) {
        const page = await it.log.readAll({ after: read.at(-1)?.globalPosition ?? 0, ...size });
        if (page.length === 0) break;
        read.push(...page);
      }
      expect(read).toEqual(all);
    }
  });
}
