import { counted } from '@stagewire/shared/units/count';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkLog, type LogReport } from '@stagewire/server/log/check-log';
import { DataDirError, openDataDir } from '@stagewire/server/log/data-dir';
import { LogUnusable } from '@stagewire/server/log/open-database';
import { createSqliteLog } from '@stagewire/server/log/sqlite';
import { systemClock } from '@stagewire/server/runtime/clock';
import { jsonLine } from '../render/json-line.ts';
import { cleanLine } from '../render/clean-text.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { dataDirOf } from '../terminal/find-server.ts';

export interface CheckOptions {
  /** Runs to remove before the log is checked. */
  readonly remove?: readonly string[];
  /** Print the report as one line of JSON. */
  readonly json?: boolean;
}

/** The JSON document of `check --json`. */
export interface CheckReport extends LogReport {
  /** The file that was checked. */
  readonly path: string;
  readonly isIntact: boolean;
  /** Ids of the runs that were removed before the check. */
  readonly removed: readonly string[];
}

/** `check`: verifies the log of a stopped server, and reports the runs that cannot be read. */
export async function commandCheck(
  { env, screen }: CliContext,
  { remove = [], json = false }: CheckOptions,
): Promise<number> {
  const path = dataDirOf(env);
  const logPath = join(path, 'log.db');
  if (!existsSync(logPath))
    throw new CliProblem(`There is no log at ${logPath}. Set STAGEWIRE_DATA_DIR to the data directory.`);
  const dataDir = await openDataDir(path).catch(asProblem);
  const lines: string[] = [];
  try {
    for (const runId of remove) {
      await removeRun(logPath, runId);
      lines.push(`Removed ${cleanLine(runId)}.`);
    }
    const report = checkLog(logPath);
    for (const problem of report.fileProblems) lines.push(`The file is damaged: ${cleanLine(problem)}`);
    for (const { runId, problem } of report.runProblems) {
      lines.push(`Run ${cleanLine(runId)} cannot be read: ${cleanLine(problem)}.`);
    }
    const { runs, events, withoutChecksum } = report;
    const isWhole = report.fileProblems.length === 0 && report.runProblems.length === 0;
    if (json) {
      const document: CheckReport = { path: logPath, isIntact: isWhole, removed: remove, ...report };
      await screen.write(`${jsonLine(document)}\n`);
      return isWhole ? exitCodes.done : exitCodes.failed;
    }
    lines.push(
      `${isWhole ? 'The log is intact' : 'The log is damaged'}: ${counted(runs, 'run')}, ${counted(events, 'event')} ` +
        `in ${logPath}.`,
    );
    if (withoutChecksum > 0) {
      lines.push(`${counted(withoutChecksum, 'event')} of an earlier version without a checksum.`);
    }
    if (report.runProblems.length > 0) {
      lines.push(
        `The server quarantines damaged runs and executes the others. To remove one: ${commandName} check --remove RUN`,
      );
    }
    await screen.write(`${lines.join('\n')}\n`);
    return isWhole ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    return asProblem(error);
  } finally {
    await dataDir.close();
  }
}

async function removeRun(path: string, runId: string): Promise<void> {
  const log = createSqliteLog({ path, clock: systemClock });
  try {
    const head = await log.head(runId);
    if (head === undefined || head.status === 'removed')
      throw new CliProblem(`Run ${runId} does not exist in ${path}. Check the run id.`);
    if (head.status === 'live') {
      throw new CliProblem(
        `Run ${runId} is active and can be read. Start the server and cancel the run instead.`,
      );
    }
    await log.remove(runId);
  } finally {
    await log.close();
  }
}

function asProblem(error: unknown): never {
  if (error instanceof DataDirError || error instanceof LogUnusable) throw new CliProblem(error.message);
  throw error;
}
