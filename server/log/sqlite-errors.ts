import { LogConflict, LogUnavailable, RunUnreadable } from './event-log.ts';
import { extendedCode, sqliteCode } from './open-database.ts';

/** SQLITE_CORRUPT. */
export const corruptCode = 11;

/** SQLITE_CONSTRAINT_UNIQUE: another process has written this seq. */
const uniqueViolation = 2067;

/** SQLITE_TOOBIG, CONSTRAINT, MISMATCH, RANGE: the data is invalid, not the file. */
const faultsOfTheAppend: ReadonlySet<number | undefined> = new Set([18, 19, 20, 25]);

/** A damaged page of the file concerns the run whose events it holds. */
export function ofOneRun<T>(runId: string, work: () => T): T {
  return attempt(() => {
    try {
      return work();
    } catch (error) {
      if (sqliteCode(error) !== corruptCode) throw error;
      throw new RunUnreadable(runId, 'a part of the file with its events is damaged', { cause: error });
    }
  });
}

/** Classifies errors of SQLite: an invalid append, another writer, or nothing can be written. */
export function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (extendedCode(error) === uniqueViolation)
      throw new LogConflict('another executor has written to the run');
    if (error instanceof LogUnavailable) throw error;
    if (sqliteCode(error) === undefined || faultsOfTheAppend.has(sqliteCode(error))) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new LogUnavailable(`the log cannot be read or written: ${why}`, { cause: error });
  }
}
