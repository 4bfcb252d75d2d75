import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { findLivingServer } from '../../server/log/data-dir.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { refusedProcess, refusedStart } from '../support/refused-start.ts';
import { startServerProcess } from '../support/server-process.ts';

// A server whose port was taken, started five times by its supervisor, opened an epoch of every live run each time and
// then failed them all for ever; so did one whose log held one damaged run among healthy ones. Empty, truncated and
// foreign files in the data directory ended in stacks, or in a new empty log without a word.

async function dataDir(runs: readonly number[] = []) {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-start-'));
  const logPath = join(path, 'log.db');
  if (runs.length > 0) {
    const log = createSqliteLog({ path: logPath, clock: systemClock });
    for (const number of runs) {
      const run = createRunScript(runIdOf(number), { startMs: Date.now() - 60_000 });
      const limits = { maxAttemptsPerStage: 8, maxDurationMs: 86_400_000 };
      await log.append(run.begin({ models: { default: 'rehearsal/tps=0,ttft=0' }, limits }));
      await log.append(run.deltas(`text-${number} `));
    }
    await log.close();
  }
  return { path, logPath, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test('five starts with a busy port write nothing to any run', async () => {
  await using dir = await dataDir([1, 2]);
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  for (let round = 0; round < 5; round += 1) {
    const start = round === 0 ? refusedProcess : refusedStart;
    expect(await start({ STAGEWIRE_DATA_DIR: dir.path, STAGEWIRE_PORT: String(port) })).toMatch(/in use/);
  }
  other.close();
  const log = createSqliteLog({ path: dir.logPath, clock: systemClock });
  for (const number of [1, 2]) {
    expect(await log.head(runIdOf(number))).toMatchObject({ status: 'live', position: { epoch: 1, seq: 5 } });
  }
  await log.close();
}, 60_000);

test('one damaged run is set aside, and the others go on', async () => {
  await using dir = await dataDir([1, 2, 3]);
  const file = await readFile(dir.logPath);
  for (let at = file.indexOf('text-2'); at !== -1; at = file.indexOf('text-2', at + 1)) file[at] = 0;
  await writeFile(dir.logPath, file);

  await using server = await startServerProcess({ dataDir: dir.path });
  const ask = async (procedure: string, input: unknown) => {
    const url = `${server.url}/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`;
    const response = await fetch(url);
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };
  for (const procedure of ['runs.get', 'runs.files']) {
    const refused = await ask(procedure, { runId: runIdOf(2) });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      error: { data: { stagewire: { code: 'RUN_UNREADABLE', retryable: false } } },
    });
  }
  await expect
    .poll(async () => (await ask('runs.list', {})).body, { timeout: 15_000 })
    .toMatchObject({
      result: {
        data: {
          items: [
            { runId: runIdOf(3), status: 'completed' },
            { runId: runIdOf(2), status: 'unreadable' },
            { runId: runIdOf(1), status: 'completed' },
          ],
        },
      },
    });
  expect(server.output()).toMatch(/is unreadable and was skipped/);
});

describe('the log', () => {
  test.each([0, 1])('of %i bytes is not taken for an empty one where there was one', async (bytes) => {
    await using dir = await dataDir();
    await (await startServerProcess({ dataDir: dir.path })).stop();
    await truncate(dir.logPath, bytes);
    const said = await refusedStart({ STAGEWIRE_DATA_DIR: dir.path });
    expect(said).toMatch(/missing or empty.*backup.*log\.json/s);
    await rm(dir.logPath);
    expect(await refusedStart({ STAGEWIRE_DATA_DIR: dir.path })).toMatch(/missing or empty/);
    await rm(join(dir.path, 'log.json'));
    await using fresh = await startServerProcess({ dataDir: dir.path });
    expect(fresh.url).toMatch(/^http/);
  });

  test.each([512, 5000, 20_000])('cut off after %i bytes is refused', async (bytes) => {
    await using dir = await dataDir([1, 2, 3]);
    await truncate(dir.logPath, bytes);
    expect(await refusedStart({ STAGEWIRE_DATA_DIR: dir.path })).toMatch(/damaged|could not be opened/);
  });

  test('with the write-ahead log of another is refused, or read without it', async () => {
    await using dir = await dataDir([1]);
    await using foreign = await dataDir();
    const other = new DatabaseSync(join(foreign.path, 'other.db'));
    other.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a TEXT)');
    for (let row = 0; row < 200; row += 1) other.exec(`INSERT INTO t VALUES ('${'x'.repeat(3000)}')`);
    await writeFile(`${dir.logPath}-wal`, await readFile(join(foreign.path, 'other.db-wal')));
    other.close();
    expect(await refusedStart({ STAGEWIRE_DATA_DIR: dir.path })).toMatch(
      /damaged|another program|could not be/,
    );
  });

  test('that is a folder is refused', async () => {
    await using dir = await dataDir();
    await mkdir(dir.logPath);
    expect(await refusedStart({ STAGEWIRE_DATA_DIR: dir.path })).toMatch(/log\.db/);
  });
});

describe('the data directory', () => {
  test('whose server.json is a folder is refused in a sentence', async () => {
    await using dir = await dataDir();
    await mkdir(join(dir.path, 'server.json'));
    expect(await refusedStart({ STAGEWIRE_DATA_DIR: dir.path })).toMatch(
      /cannot be used.*STAGEWIRE_DATA_DIR/s,
    );
  });

  test.skipIf(process.getuid?.() === 0)('that is read-only is refused in a sentence', async () => {
    await using dir = await dataDir([1]);
    await chmod(dir.path, 0o500);
    expect(await refusedStart({ STAGEWIRE_DATA_DIR: dir.path })).toMatch(/cannot be used|could not be/);
    await chmod(dir.path, 0o700);
  });

  test('whose server.json was put there by somebody is not believed', async () => {
    await using dir = await dataDir();
    const server = { url: 'http://evil.example:4600', pid: 1, startedAt: new Date().toISOString() };
    const put = (url: string) => writeFile(join(dir.path, 'server.json'), JSON.stringify({ ...server, url }));
    await put(server.url);
    expect(await findLivingServer(dir.path)).toBeUndefined();
    await put('http://127.0.0.1:4600');
    expect(await findLivingServer(dir.path)).toBeUndefined();

    await using living = await startServerProcess({ dataDir: dir.path });
    expect(await findLivingServer(dir.path)).toMatchObject({ url: living.url });
    await put(server.url);
    expect(await findLivingServer(dir.path)).toBeUndefined();
  });
});
