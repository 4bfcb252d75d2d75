import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RunFile, RunState, ServerInfo, Stagewire } from '@stagewire/client';
import { systemRandom } from '@stagewire/server/runtime/random';
import { counted } from '@stagewire/shared/units/count';
import { linkTarget } from '../access/link-target.ts';
import { chooseRun } from '../commands/choose-run.ts';
import { sizeOf } from '../files/files-report.ts';
import { checkOutFolder } from '../files/save-after-run.ts';
import { saveFiles, writeFailed } from '../files/save-files.ts';
import { writeFileAtomically } from '../files/write-file.ts';
import { noteConnection } from '../forward/note-connection.ts';
import { cleanFileName, cleanLine } from '../render/clean-text.ts';
import { jsonLine } from '../render/json-line.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { exitCodeOf } from '../terminal/interrupts.ts';
import { stopOnInterrupt } from '../terminal/stop-on-interrupt.ts';
import { keepProcessAlive } from '../terminal/keep-process-alive.ts';
import { exportedEvents, type ExportedEvents } from './exported-events.ts';

export interface ExportOptions {
  /** @default a folder with the id of the run */
  readonly out?: string;
  /** Use a folder that is not empty, and replace files that are there. */
  readonly force?: boolean;
  /** Print the report as one line of JSON. */
  readonly json?: boolean;
}

/** The content of `run.json`; with `folder` the JSON document of `export --json`. */
export interface ExportReport {
  readonly runId: string;
  /** After the last event of the export. */
  readonly status: RunState['status'];
  /** False: the run was live, and has had further events since. */
  readonly isEnded: boolean;
  /** Lines of `events.jsonl`. Neighbouring pieces of text may be one event, which then has `firstSeq`. */
  readonly events: number;
  /** Events that are missing because this version does not know their types; absent if there are none. */
  readonly unknownEvents?: number;
  /** The seq and the cursor of the last event. */
  readonly seq: number;
  readonly cursor: string;
  /** In the folder `files`. */
  readonly files: readonly ExportedFile[];
  /** Of the server. */
  readonly version: string;
  readonly protocolVersion: number;
}

/** A `RunFile` with sizes instead of its text. */
export interface ExportedFile extends Omit<RunFile, 'text'> {
  /** Its path below `files`. It differs from `path` if that was not safe to create. */
  readonly savedAs: string;
  /** As UTF-8. */
  readonly bytes: number;
  readonly lines: number;
}

/** `export`: writes the events and the files of a run into a folder. @param given The id of the run, or a link to it. */
export async function commandExport(
  context: CliContext,
  given: string,
  { out, force = false, json = false }: ExportOptions,
): Promise<number> {
  const { screen, interrupts, clock, cwd } = context;
  const stopping = stopOnInterrupt(interrupts);
  using awake = new DisposableStack();
  awake.use(keepProcessAlive());
  awake.defer(() => screen.showStatus(undefined));
  const link = linkTarget(context, given);
  await using client: Stagewire = link?.client ?? (await connectTo(context));
  const run = client.run(link?.runId ?? (await chooseRun(client, given)));
  const snapshot = await run.snapshot();
  const { version, protocolVersion } = await client.info();
  const folder = resolve(cwd, out ?? run.id);
  await checkOutFolder(
    context,
    { out: folder, force },
    { mustBeEmpty: true, consequence: 'Nothing was exported.' },
  );
  awake.defer(noteConnection(client, { clock, note: screen.note }));
  const found = exportedEvents(run, snapshot, {
    signal: stopping.signal,
    onProgress: (count) => screen.showStatus(`Exported ${counted(count, 'event')}`),
  });
  try {
    const report = await writeExport(found, { folder, force, version, protocolVersion });
    screen.showStatus(undefined);
    await screen.write(json ? `${jsonLine({ folder, ...report })}\n` : `${lineOf(report, folder)}\n`);
    for (const note of notesOn(report)) screen.note(note);
    return exitCodes.done;
  } catch (error) {
    if (stopping.interrupt === undefined) throw error;
    screen.note(
      `The export was interrupted: ${cleanLine(folder)} has no run.json, and what is in it is not complete.`,
    );
    return exitCodeOf(stopping.interrupt);
  }
}

interface WriteExportOptions extends Pick<ServerInfo, 'version' | 'protocolVersion'> {
  readonly folder: string;
  readonly force: boolean;
}

/** `run.json` is written last: an export without it is not complete. */
async function writeExport(
  found: ExportedEvents,
  { folder, force, version, protocolVersion }: WriteExportOptions,
): Promise<ExportReport> {
  const write = async (name: string, content: string | AsyncIterable<string>) => {
    const target = join(folder, name);
    await writeFileAtomically(target, content, { replaces: force, newId: systemRandom.uuid }).catch(
      (error: unknown) => {
        // The error of the connection, or of the file.
        if (error instanceof Error && 'syscall' in error) return writeFailed(target, error);
        throw error;
      },
    );
  };
  await rm(join(folder, 'run.json'), { force: true });
  await write('events.jsonl', found.lines);
  const { state, count, unknown } = found;
  if (state === undefined) throw new Error('The run has no events.');
  const files = found.files();
  const saved = await saveFiles(files, { folder: join(folder, 'files'), force });
  const names = new Map(saved.map(({ path, savedAs }) => [path, savedAs]));
  const report: ExportReport = {
    runId: state.runId,
    status: state.status,
    isEnded: state.endedAt !== undefined,
    events: count,
    ...(unknown > 0 && { unknownEvents: unknown }),
    seq: state.seq,
    cursor: state.cursor,
    files: files.map(({ text, ...file }) => ({
      ...file,
      savedAs: names.get(file.path) ?? file.path,
      ...sizeOf(text),
    })),
    version,
    protocolVersion,
  };
  await write('run.json', `${JSON.stringify(report, undefined, 2)}\n`);
  return report;
}

function lineOf({ runId, events, files }: ExportReport, folder: string): string {
  return `Exported ${counted(events, 'event')} and ${counted(files.length, 'file')} of run ${runId} to ${cleanLine(folder)}.`;
}

function notesOn({ status, isEnded, seq, unknownEvents, files }: ExportReport): string[] {
  return [
    ...(isEnded ? [] : [`The run is ${status}: the export ends at seq ${seq}, and the run continues.`]),
    ...(unknownEvents === undefined
      ? []
      : [
          `${counted(unknownEvents, 'event')} of types that this version does not know are missing: use the version of the server.`,
        ]),
    ...files.flatMap(({ path, savedAs }) =>
      savedAs === path
        ? []
        : [`${cleanFileName(path)} is saved as ${cleanFileName(savedAs)}: its name is not safe here.`],
    ),
  ];
}
