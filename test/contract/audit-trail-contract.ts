import { describe, expect, test } from 'vitest';
import type { AuditLimits, AuditRecord, AuditTrail } from '../../server/identity/audit-trail.ts';
import type { CredentialStore } from '../../server/identity/keys/credential-store.ts';
import { until } from '../support/until.ts';
import { storedKey } from './credential-store-contract.ts';

/** A trail, and the keys of the same store. */
export interface AuditedStores {
  readonly trail: AuditTrail;
  readonly keys: CredentialStore;
}

const start = { atMs: 0, number: 0 };

export const accessRecord = (runId: string): AuditRecord => ({
  kind: 'access',
  actor: { id: 'key:root', name: 'root' },
  owner: 'ada',
  procedure: 'runs.get',
  runId,
});

/** The audit records of a store. @param open An empty one. */
export function auditTrailContract(open: (limits?: AuditLimits) => Promise<AuditedStores>): void {
  const all = async (trail: AuditTrail, count: number) => {
    await until(async () => (await trail.list({ after: start, limit: 100 })).length === count, 'the records');
    return trail.list({ after: start, limit: 100 });
  };

  describe('the audit trail', () => {
    test('returns what was recorded, in order, and equal records of a moment as one', async () => {
      const { trail } = await open();
      for (const runId of ['run_1', 'run_2', 'run_1']) trail.record(accessRecord(runId));
      const records = await all(trail, 2);
      expect(records).toMatchObject([
        { ...accessRecord('run_1'), times: 2 },
        { ...accessRecord('run_2'), times: 1 },
      ]);
      expect(Math.abs((records[0]?.atMs ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(records[0]).not.toHaveProperty('subject');
    });

    test('has each record once in its pages', async () => {
      const { trail } = await open();
      for (let run = 0; run < 7; run += 1) trail.record(accessRecord(`run_${run}`));
      const expected = await all(trail, 7);
      const paged: unknown[] = [];
      let after = start;
      for (;;) {
        const page = await trail.list({ after, limit: 2 });
        paged.push(...page);
        const last = page.at(-1);
        if (last === undefined) break;
        after = last;
      }
      expect(paged).toEqual(expected);
    });

    test('has who has created and revoked a key, with the change, and once', async () => {
      const { trail, keys } = await open();
      const key = storedKey('1', { createdAtMs: Date.now() });
      for (const id of ['first', 'second']) await keys.add(key, { id, name: 'Ann' });
      for (const id of ['third', 'fourth']) await keys.revoke(key.id, Date.now(), { id });
      const of = { kind: 'key', owner: key.owner, subject: key.id, times: 1 };
      expect(await trail.list({ after: start, limit: 100 })).toMatchObject([
        { ...of, procedure: 'keys.create', actor: { id: 'first', name: 'Ann' } },
        { ...of, procedure: 'keys.revoke', actor: { id: 'third' } },
      ]);
      expect(await keys.revoke(storedKey('2').id, Date.now(), { id: 'fifth' })).toBeUndefined();
      expect(await trail.list({ after: start, limit: 100 })).toHaveLength(2);
    });

    test('keeps so many of each kind, so that none displaces another', async () => {
      const { trail, keys } = await open({ maxRecordsPerKind: 3 });
      await keys.add(storedKey('1', { createdAtMs: Date.now() }), { id: 'root' });
      for (let run = 0; run < 5; run += 1) trail.record(accessRecord(`run_${run}`));
      const records = await all(trail, 4);
      expect(records.map(({ runId, procedure }) => runId ?? procedure)).toEqual([
        'keys.create',
        'run_2',
        'run_3',
        'run_4',
      ]);
    });
  });
}
