import { openDataDir } from '../../server/log/data-dir.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createRunScript, runIdOf } from './run-script.ts';

/** Runs that have ended, written straight into a log: what a server of some months has. */
export interface LongRuns {
  /** One run with a text of so many characters, in deltas of 8,000. */
  readonly chars: number;
  /** One run of so many deltas of a word each. */
  readonly events: number;
  /** So many runs of 200 deltas of 400 characters each. */
  readonly others: number;
}

export const longRunId = runIdOf(1);
export const manyEventsRunId = runIdOf(2);
export function otherRunId(index: number): string {
  return runIdOf(100 + index);
}

const startMs = Date.now() - 3_600_000;

/** Fills the folder of a server that has never run. */
export async function writeLongRuns(path: string, { chars, events, others }: LongRuns): Promise<void> {
  const dataDir = await openDataDir(path);
  const log = createSqliteLog({ path: dataDir.logPath, clock: systemClock });
  // One letter beyond Latin-1 makes V8 keep two bytes per character.
  const piece = `ж${'token '.repeat(1333)} `;
  const write = async (runId: string, texts: readonly string[]) => {
    const run = createRunScript(runId, { startMs });
    await log.append(run.begin());
    for (let at = 0; at < texts.length; at += 500) await log.append(run.deltas(...texts.slice(at, at + 500)));
    await log.append(run.complete());
  };
  const repeated = (text: string, count: number) => Array.from({ length: count }, () => text);
  await write(longRunId, repeated(piece, Math.ceil(chars / piece.length)));
  await write(manyEventsRunId, repeated('word ', events));
  const paragraph = 'some text '.repeat(40);
  await Promise.all(
    Array.from({ length: others }, (_, index) => write(otherRunId(index), repeated(paragraph, 200))),
  );
  await log.close();
  await dataDir.markLog(new Date().toISOString());
  await dataDir.close();
}
