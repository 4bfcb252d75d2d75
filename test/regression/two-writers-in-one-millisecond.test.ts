import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

// Both took the number after the incarnations that they had found when they were opened, and the second append failed.
test('two writers that begin their incarnations in the same millisecond can both append', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stagewire-writers-'));
  const path = join(directory, 'log.db');
  const clock = { ...systemClock, now: () => Date.UTC(2026, 0, 1) };
  const logs = [createSqliteLog({ path, clock }), createSqliteLog({ path, clock })];
  try {
    for (const [index, log] of logs.entries()) await log.append(createRunScript(runIdOf(index + 1)).begin());
    expect(await logs[0]?.list({ limit: 9 })).toHaveLength(2);
  } finally {
    for (const log of logs) await log.close();
    await rm(directory, { recursive: true });
  }
});
