import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { counted, grouped } from '@stagewire/shared/units/count';
import { checkLog } from '@stagewire/server/log/check-log';
import { DataDirError, openDataDir } from '@stagewire/server/log/data-dir';
import { LogUnavailable } from '@stagewire/server/log/event-log';
import { ImportConflict, importLog, type ImportCounts } from '@stagewire/server/log/import-log';
import { LogUnusable } from '@stagewire/server/log/open-database';
import { DatabaseUnusable } from '@stagewire/server/log/postgres/database-unusable';
import { openLogImport } from '@stagewire/server/log/postgres/log-import';
import { createSqliteLog } from '@stagewire/server/log/sqlite';
import { readTombstones } from '@stagewire/server/log/sqlite-tombstones';
import { readStoredUsage } from '@stagewire/server/log/stored-usage';
import { readConfig } from '@stagewire/server/process/config';
import { ConfigError } from '@stagewire/server/process/config-error';
import { systemRandom } from '@stagewire/server/runtime/random';
import { jsonLine } from '../render/json-line.ts';
import { cleanLine } from '../render/clean-text.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { keepProcessAlive } from '../terminal/keep-process-alive.ts';

export interface ImportCommandOptions {
  /** Print the report as one line of JSON. */
  readonly json?: boolean;
}

/** The JSON document of `import --json`. */
export interface ImportReport extends ImportCounts {
  /** The file that was imported. */
  readonly path: string;
  /** Of the database. */
  readonly schema: string;
}

/** Without a terminal, the least time between two lines of progress. */
const progressMs = 5000;

/** `import`: copies the log of a data directory into the database of STAGEWIRE_DATABASE_URL. */
export async function commandImport(
  context: CliContext,
  folder: string,
  { json = false }: ImportCommandOptions,
): Promise<number> {
  using awake = new DisposableStack();
  awake.use(keepProcessAlive());
  const { env, envFile, cwd, clock, screen } = context;
  const dataDir = resolve(cwd, folder);
  const path = join(dataDir, 'log.db');
  if (!existsSync(path))
    throw new CliProblem(`There is no log at ${path}. Name the data directory of a server.`);
  try {
    const { postgres } = readConfig(env, envFile);
    if (postgres === undefined) {
      throw new CliProblem('Set STAGEWIRE_DATABASE_URL to the database that the log is to be copied into.');
    }
    await using opened = new AsyncDisposableStack();
    const held = await openDataDir(dataDir);
    opened.defer(() => held.close());
    screen.showStatus('Checking the log');
    const source = createSqliteLog({ path, lockFile: held.lockFile, clock });
    opened.defer(() => source.close());
    refuseDamaged(path, dataDir);
    const { url, schema } = postgres;
    const target = opened.use(await openLogImport({ clock, url, schema, random: () => systemRandom.next() }));
    const counts = await importLog({
      source,
      target,
      clock,
      tombstones: () => readTombstones(path),
      usage: readStoredUsage(path),
      onProgress: createProgress(context),
    });
    screen.showStatus(undefined);
    const report: ImportReport = { path, schema, ...counts };
    await screen.write(json ? `${jsonLine(report)}\n` : `${linesOf(report, dataDir).join('\n')}\n`);
    return exitCodes.done;
  } catch (error) {
    return asProblem(error);
  } finally {
    screen.showStatus(undefined);
  }
}

function refuseDamaged(path: string, dataDir: string): void {
  const { fileProblems, runProblems } = checkLog(path);
  const [problem] = [...fileProblems, ...runProblems.map((run) => `run ${run.runId} cannot be read`)];
  if (problem === undefined) return;
  throw new CliProblem(
    `The log ${path} is damaged, so nothing was imported: ${cleanLine(problem)}. "STAGEWIRE_DATA_DIR=${dataDir} ` +
      `${commandName} check" shows all damaged runs and can remove them.`,
  );
}

function createProgress({ screen, clock }: CliContext): (counts: ImportCounts) => void {
  let shownAtMs = clock.elapsed();
  return ({ runs, imported, present, removed, events, tombstones }) => {
    const ids = tombstones === 0 ? '' : `, ${counted(tombstones, 'tombstone')}`;
    const line = `${grouped(imported + present + removed)} of ${counted(runs, 'run')}, ${counted(events, 'event')}${ids}`;
    if (screen.live) return screen.showStatus(line);
    if (clock.elapsed() - shownAtMs < progressMs) return;
    shownAtMs = clock.elapsed();
    screen.note(line);
  };
}

function linesOf(report: ImportReport, dataDir: string): readonly string[] {
  const { imported, present, removed, live, events, tombstones, counters, schema } = report;
  return [
    `Imported ${counted(imported, 'run')} with ${counted(events, 'event')}, ${counted(tombstones, 'tombstone')}, and ` +
      `${counted(counters, 'counter')} of tokens and cost, into the schema ${schema}.`,
    ...(present === 0 ? [] : [`${counted(present, 'run')} had been imported before.`]),
    ...(removed === 0 ? [] : [`${counted(removed, 'run')} had been imported before and removed since.`]),
    ...(live === 0
      ? []
      : [
          `${counted(live, 'run')} had not ended: the nodes of the database continue ${live === 1 ? 'it' : 'them'}.`,
        ]),
    `Do not start a server on ${dataDir} again without the database: it would continue the same runs.`,
    'Access keys, sessions, links and cursors of the feed were not imported.',
  ];
}

function asProblem(error: unknown): never {
  if (error instanceof LogUnavailable) {
    throw new CliProblem(
      `The import was interrupted: ${error.message}. The same command continues it when the database responds again.`,
    );
  }
  if (error instanceof ImportConflict) {
    throw new CliProblem(
      `Run ${cleanLine(error.message)}. Use another database, or another STAGEWIRE_DATABASE_SCHEMA.`,
    );
  }
  const isForOperator =
    error instanceof DataDirError ||
    error instanceof LogUnusable ||
    error instanceof DatabaseUnusable ||
    error instanceof ConfigError;
  throw isForOperator ? new CliProblem(error.message) : error;
}
