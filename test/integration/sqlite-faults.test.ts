import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import { openDataDir, readServerJson } from '../../server/log/data-dir.ts';
import { LogUnavailable } from '../../server/log/event-log.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

async function scratch() {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** The writer in a process of its own; `limitKiB`: no file of it may grow beyond that. */
function startWriter(dataDir: string, { limitKiB }: { limitKiB?: number } = {}) {
  const script = join(import.meta.dirname, '../support/log-writer.ts');
  const command = [process.execPath, '--conditions=@stagewire/source', script, dataDir];
  const limited = ['bash', '-c', `ulimit -f ${limitKiB}; exec "$@"`, 'bash', ...command];
  const [program = '', ...args] = limitKiB === undefined ? command : limited;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const exited = once(child, 'close');
  return {
    child,
    lines,
    exited,
    atLeast: (count: number) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (lines.length >= count) resolve();
        };
        void exited.then(() => reject(new Error(`the writer ended after ${lines.length} lines`)));
        waiting.push(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await exited;
      }
    },
  };
}

/** Every run's seqs are 1, 2, 3 …, and the index names the same runs. Gives each run's last seq. */
async function checkWhole(log: EventLog): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  for (let after = 0; ;) {
    const page = await log.readAll({ after, limit: 5000 });
    for (const { event, globalPosition: order } of page) {
      expect(event.seq).toBe((ends.get(event.runId) ?? 0) + 1);
      ends.set(event.runId, event.seq);
      after = order;
    }
    if (page.length === 0) break;
  }
  expect((await log.list({ limit: 100 })).map(({ runId }) => runId).toSorted()).toEqual(
    [...ends.keys()].toSorted(),
  );
  return ends;
}

test('after kill -9 in mid-load everything acknowledged is there, without gaps', async () => {
  for (const lines of [30, 400, 1500]) {
    await using directory = await scratch();
    await using writer = startWriter(directory.path);
    await writer.atLeast(lines);
    writer.child.kill('SIGKILL');
    await writer.exited;
    // The claim has died with its process, and what it left behind misleads nobody.
    expect(await readServerJson(directory.path)).toMatchObject({ pid: writer.child.pid });
    const dataDir = await openDataDir(directory.path);
    expect(await readServerJson(directory.path)).toBeUndefined();
    const log = createSqliteLog({ path: dataDir.logPath, clock: systemClock });
    const ends = await checkWhole(log);
    for (const line of writer.lines.slice(1)) {
      const [runId = '', seq] = line.split(' ');
      expect(ends.get(runId), line).toBeGreaterThanOrEqual(Number(seq));
    }
    await log.close();
    await dataDir.close();
  }
});

test('a second server of a data directory is refused in one sentence that names the first', async () => {
  await using directory = await scratch();
  await using writer = startWriter(directory.path);
  await writer.atLeast(1);
  await expect(openDataDir(directory.path)).rejects.toMatchObject({
    name: 'DataDirError',
    code: 'IN_USE',
    message: oneSentence(directory.path, `${writer.child.pid}`, 'http://127.0.0.1:1', 'STAGEWIRE_DATA_DIR'),
  });
});

test('a second claim in the same process is refused, and free again after close', async () => {
  await using directory = await scratch();
  const path = join(directory.path, 'made', 'for', 'us');
  const first = await openDataDir(path);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await expect(openDataDir(path)).rejects.toMatchObject({ code: 'IN_USE' });
  const server = { url: 'http://127.0.0.1:2', pid: 7, startedAt: '2026-01-01T00:00:00.000Z' };
  await first.writeServerJson(server);
  expect(await readServerJson(path)).toEqual(server);
  await first.close();
  await first.close();
  expect(await readServerJson(path)).toBeUndefined();
  await (await openDataDir(path)).close();
});

test('a data directory that cannot be made is refused in one sentence', async () => {
  await using directory = await scratch();
  const file = join(directory.path, 'a-file');
  await writeFile(file, '');
  for (const path of [file, join(file, 'below')]) {
    await expect(openDataDir(path)).rejects.toMatchObject({
      code: 'UNUSABLE',
      message: oneSentence(path, 'STAGEWIRE_DATA_DIR'),
    });
  }
});

test('a server.json that is cut off says nothing', async () => {
  await using directory = await scratch();
  for (const text of ['', '{"url": "http', 'null', '{"url": 1}']) {
    await writeFile(join(directory.path, 'server.json'), text);
    expect(await readServerJson(directory.path)).toBeUndefined();
  }
});

test('while the database is full every append of the turn is refused, and later ones are tried afresh', async () => {
  await using directory = await scratch();
  const log = createSqliteLog({
    path: join(directory.path, 'log.db'),
    clock: systemClock,
    maxBytes: 300_000,
  });
  const [old, live] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
  for (const append of [old.begin(), live.begin(), old.deltas('x'.repeat(100_000)), old.complete()]) {
    await log.append(append);
  }
  let published = 0;
  log.watchAll((entries) => (published += entries.length));
  const before = await log.readAll({ after: 0, limit: 100 });
  const [large, other] = [live.deltas('y'.repeat(200_000)), createRunScript(runIdOf(3)).begin()];
  const outcomes = await Promise.allSettled([other, large].map((append) => log.append(append)));
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(LogUnavailable) });
  }
  expect(published).toBe(0);
  expect(await log.readAll({ after: 0, limit: 100 })).toEqual(before);
  expect(await log.list({ limit: 9 })).toHaveLength(2);
  await log.append(other);
  await log.remove(old.runId);
  await log.append({
    ...large,
    events: large.events.map((event) => ({ ...event, text: 'z' }) as typeof event),
  });
  expect(published).toBe(5);
  await checkWhole(log);
  await log.close();
});

test('probe tells a full database from one with room', async () => {
  await using directory = await scratch();
  const path = join(directory.path, 'log.db');
  const run = createRunScript(runIdOf(1));
  const roomy = createSqliteLog({ path, clock: systemClock });
  await roomy.probe();
  await roomy.append(run.begin());
  await roomy.append(run.deltas('x'.repeat(400_000)));
  await roomy.close();
  const full = createSqliteLog({ path, clock: systemClock, maxBytes: 1 });
  // What the first probe took and gave back is free: fill it.
  await full.append(run.deltas('x'.repeat(60_000))).catch(() => undefined);
  await expect(full.probe()).rejects.toThrow(LogUnavailable);
  await full.close();
});

test('a disk that takes no more bytes: refused, nothing published that is not kept, and whole when opened again', async () => {
  await using directory = await scratch();
  await using writer = startWriter(directory.path, { limitKiB: 1500 });
  await writer.exited;
  const [verdict, published, acknowledged] = (writer.lines.at(-1) ?? '').split(' ');
  expect(verdict).toBe('refused');
  expect(Number(published)).toBe(Number(acknowledged));
  const log = createSqliteLog({ path: join(directory.path, 'log.db'), clock: systemClock });
  const ends = await checkWhole(log);
  expect([...ends.values()].reduce((sum, seq) => sum + seq, 0)).toBe(Number(acknowledged));
  await log.close();
});

test('under load the write-ahead log moves into the database meanwhile, by itself', async () => {
  await using directory = await scratch();
  const path = join(directory.path, 'log.db');
  const log = createSqliteLog({ path, clock: systemClock });
  const run = createRunScript(runIdOf(1));
  await log.append(run.begin());
  for (let index = 0; index < 500; index += 1)
    await log.append(run.deltas('x'.repeat(4000), 'y'.repeat(4000)));
  await vi.waitFor(async () => expect((await stat(path)).size).toBeGreaterThan(1_000_000), {
    timeout: 10_000,
  });
  await log.close();
  // Nobody holds the database any more, so it is one file.
  await expect(stat(`${path}-wal`)).rejects.toMatchObject({ code: 'ENOENT' });
  const again = createSqliteLog({ path, clock: systemClock });
  expect((await checkWhole(again)).get(run.runId)).toBe(1004);
  await again.close();
});

/** A closed log with some content, so that there is one file that holds everything. */
async function writtenLog(path: string): Promise<void> {
  const log = createSqliteLog({ path, clock: systemClock });
  const run = createRunScript(runIdOf(1));
  await log.append(run.begin());
  for (let index = 0; index < 20; index += 1) await log.append(run.deltas('x'.repeat(2000)));
  await log.close();
}

test.for([
  ['begins with other bytes', (bytes: Buffer) => bytes.fill('no database', 0, 200)],
  [
    'is damaged in its middle',
    (bytes: Buffer) => bytes.fill(0xa5, bytes.length / 2, bytes.length / 2 + 9000),
  ],
  ['is cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
] as const)('a log that %s is refused in one sentence and stays as it is', async ([, damage]) => {
  await using directory = await scratch();
  const path = join(directory.path, 'log.db');
  await writtenLog(path);
  const damaged = Buffer.from(damage(await readFile(path)));
  await writeFile(path, damaged);
  expect(() => createSqliteLog({ path, clock: systemClock })).toThrow(
    expect.objectContaining({
      name: 'LogUnusable',
      code: 'CORRUPT',
      message: oneSentence(path, 'backup'),
    }),
  );
  expect((await readFile(path)).equals(damaged)).toBe(true);
});

test.for([
  ['of a later version', 'NEWER', 'PRAGMA user_version = 99'],
  ['of another program', 'FOREIGN', 'PRAGMA application_id = 7'],
] as const)('a log %s is refused and stays as it is', async ([, code, change]) => {
  await using directory = await scratch();
  const path = join(directory.path, 'log.db');
  await writtenLog(path);
  const database = new DatabaseSync(path);
  database.exec(change);
  database.close();
  const before = await readFile(path);
  expect(() => createSqliteLog({ path, clock: systemClock })).toThrow(
    expect.objectContaining({
      name: 'LogUnusable',
      code,
      message: oneSentence(path),
    }),
  );
  expect((await readFile(path)).equals(before)).toBe(true);
});

test('a log in a directory that is not there says so', () => {
  expect(() => createSqliteLog({ path: '/nowhere/at/all/log.db', clock: systemClock })).toThrow(
    expect.objectContaining({ code: 'UNREADABLE' }),
  );
});

test('a log that is open under a deleted lock is not given to a second claim', async () => {
  await using directory = await scratch();
  const first = await openDataDir(directory.path);
  const log = createSqliteLog({ path: first.logPath, clock: systemClock });
  await rm(join(directory.path, 'server.lock'));
  await expect(openDataDir(directory.path)).rejects.toMatchObject({ code: 'IN_USE' });
  await log.close();
  await first.close();
});

/** A message of one line, in which these stand in this order. */
function oneSentence(...facts: readonly string[]): unknown {
  const parts = facts.map((fact) => fact.replaceAll(/[^\w/]/g, String.raw`\$&`));
  return expect.stringMatching(new RegExp(`^.*${parts.join('.*')}.*\\.$`));
}
