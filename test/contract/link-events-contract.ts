import { expect, test } from 'vitest';
import type { DurableEvent } from '@stagewire/shared';
import { BadAppend, LogConflict } from '../../server/log/event-log.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import type { OpenLog } from './event-log-contract.ts';

/** What every event log must do with the links to a run. */
export function linkEventsContract(open: OpenLog): void {
  test('after its end a run takes events about links, and no others', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    await it.log.append(run.begin());
    await it.log.append(run.complete());
    const link = {
      commandId: '00000000-0000-4000-8000-000000000001',
      shareId: '0123456789abcdef',
      may: 'read',
      actor: { id: 'local', kind: 'anonymous' },
    } as const;
    const end = run.seq;
    const isOther = run.next({ type: 'run.shared', ...link }, { type: 'run.started' });
    await expect(it.log.append(isOther)).rejects.toThrow(BadAppend);
    const shared = { ...isOther, events: isOther.events.slice(0, 1) };
    await it.log.append(shared);
    expect(await it.log.head(run.runId)).toMatchObject({
      status: 'ended',
      position: { epoch: 1, seq: end + 1 },
      summary: { status: 'completed', shares: [{ shareId: link.shareId, may: 'read' }] },
    });
    // The first of two wins, as at any other time.
    const twice = { ...shared, expectedSeq: end };
    await expect(it.log.append(twice)).rejects.toThrow(LogConflict);
    const unshared = { ...shared.events[0], type: 'run.unshared', seq: end + 2 } as DurableEvent;
    await it.log.append({ ...shared, expectedSeq: end + 1, events: [unshared] });
    const head = await it.log.head(run.runId);
    expect(head).toMatchObject({ position: { seq: end + 2 } });
    expect(head).not.toHaveProperty('summary.shares');
    const later = await it.log.read(run.runId, { after: end, limit: 9 });
    expect(later.map(({ event }) => event.seq)).toEqual([end + 1, end + 2]);
    expect((await it.log.endedRuns({ limit: 9 })).map(({ runId }) => runId)).toEqual([run.runId]);
    await it.log.remove(run.runId);
    await expect(
      it.log.append({ ...shared, expectedSeq: end + 2, events: [{ ...unshared, seq: end + 3 }] }),
    ).rejects.toThrow(LogConflict);
  });
}
