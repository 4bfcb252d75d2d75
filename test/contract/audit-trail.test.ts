import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openAccessFile } from '../../server/identity/keys/access-file.ts';
import { createSqliteCredentialStore } from '../../server/identity/keys/sqlite-credential-store.ts';
import { createSqliteAudit } from '../../server/identity/sqlite-audit.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { accessRecord, auditTrailContract } from './audit-trail-contract.ts';

let folder: string;
const closing: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagewire-audit-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

describe('in SQLite', () => {
  auditTrailContract(async (limits) => {
    const path = join(folder, 'access.db');
    const file = openAccessFile(path);
    const trail = createSqliteAudit({ file, clock: systemClock, ...limits });
    closing.push(async () => {
      await trail.close();
      file.close();
    });
    return { trail, keys: createSqliteCredentialStore(path, file) };
  });

  test('records that are older than is kept are removed, and what waits is stored at the end', async () => {
    const file = openAccessFile(join(folder, 'access.db'));
    let daysLater = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + daysLater * 24 * 60 * 60 * 1000 };
    const trail = createSqliteAudit({ file, clock, keepDays: 30 });
    trail.record(accessRecord('run_old'));
    await trail.close();
    daysLater = 31;
    const later = createSqliteAudit({ file, clock, keepDays: 30 });
    later.record(accessRecord('run_new'));
    await later.close();
    const records = await later.list({ after: { atMs: 0, number: 0 }, limit: 10 });
    expect(records.map(({ runId }) => runId)).toEqual(['run_new']);
    file.close();
  });
});
