import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLog } from '../../server/log/check-log.ts';
import { LogUnavailable, RunMissing, RunUnreadable, type EventLog } from '../../server/log/event-log.ts';
import { LogUnusable } from '../../server/log/open-database.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { startProblem } from '../../server/process/start-problem.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { createDice } from './dice.ts';
import type { Fuzzer } from './fuzzer.ts';
import { mutateBytes } from './mutate-bytes.ts';

const runIds = [1, 2, 3, 4, 5, 6].map(runIdOf);
const all = { after: 0, limit: 999 };

/**
 * A damaged `log.db`: it is refused in a sentence, or every run is served as it was written or told to be unreadable.
 * The check of a stopped log never fails by itself.
 */
export const logFiles: Fuzzer = {
  name: 'log-files',
  shortSeeds: 60,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'stagewire-fuzz-log-'));
    const path = join(folder, 'log.db');
    const written = await writeLog(path);
    const whole = await readFile(path);
    return {
      async play(seed) {
        const dice = createDice('log-files', seed);
        for (const suffix of ['-wal', '-shm']) await rm(`${path}${suffix}`, { force: true });
        await writeFile(path, mutateBytes(whole, dice, 12));
        try {
          checkLog(path);
        } catch (error) {
          // SQLite's own word for a file that it cannot open is told as such by the command.
          if (!(error instanceof Error) || !('errcode' in error)) throw error;
        }
        const log = open(path);
        if (log === undefined) return;
        try {
          await checkServed(log, written);
        } finally {
          await log.close().catch(expectLogError);
        }
      },
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

/** The log, or nothing if it is refused in a sentence for the operator. @throws Error for any other refusal */
function open(path: string): EventLog | undefined {
  try {
    return createSqliteLog({ path, clock: systemClock });
  } catch (error) {
    const told = startProblem(error);
    if (told.includes('defect') || !(error instanceof LogUnusable || error instanceof LogUnavailable))
      throw error;
    return undefined;
  }
}

async function checkServed(log: EventLog, written: ReadonlyMap<string, string>): Promise<void> {
  await log.list({ limit: 99 }).catch(expectLogError);
  await log.liveRuns().catch(expectLogError);
  await log.readAll(all).catch(expectLogError);
  for (const runId of runIds) {
    await log.head(runId).catch(expectLogError);
    const entries = await log.read(runId, all).catch(expectLogError);
    // Some of it may have gone with the file's pages; what is there is what was written.
    const text = JSON.stringify(entries?.map(({ event }) => event) ?? []).slice(0, -1);
    if (!written.get(runId)?.startsWith(text))
      throw new Error(`${runId} is served with another text: ${text.slice(0, 500)}`);
  }
}

function expectLogError(error: unknown): undefined {
  const isKnown =
    error instanceof LogUnavailable || error instanceof RunUnreadable || error instanceof RunMissing;
  if (!isKnown) throw error;
  return undefined;
}

/** Live and ended runs, and what each is as JSON. */
async function writeLog(path: string): Promise<ReadonlyMap<string, string>> {
  const log = createSqliteLog({ path, clock: systemClock });
  for (const [index, runId] of runIds.entries()) {
    const run = createRunScript(runId);
    await log.append(run.begin({ task: `the task of ${runId}` }));
    for (let part = 0; part < 5; part += 1)
      await log.append(run.deltas(`text ${part} `, 'ж'.repeat(part * 100), 'end '));
    if (index % 2 === 1) await log.append(run.complete());
  }
  const written = new Map<string, string>();
  for (const runId of runIds) {
    written.set(runId, JSON.stringify((await log.read(runId, all)).map(({ event }) => event)));
  }
  await log.close();
  return written;
}
