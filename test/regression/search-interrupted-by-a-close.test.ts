import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LogUnavailable } from '../../server/log/event-log.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

test('a search that the stop of a server interrupts is rejected as unavailable, not as a defect', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stagewire-close-'));
  const log = createSqliteLog({ path: join(directory, 'log.db'), clock: systemClock });
  const runs = Array.from({ length: 3000 }, (_, index) => createRunScript(runIdOf(index + 1)));
  await Promise.all(runs.map((run) => log.append(run.begin())));
  const search = log.listPage({ limit: 9, search: ['zebra'] }).catch((error: unknown) => error);
  await log.close();
  expect(await search).toBeInstanceOf(LogUnavailable);
  await rm(directory, { recursive: true });
});
