import { resolve } from 'node:path';
import type { FilesAt, Run, RunState } from '@stagewire/client';
import { grouped } from '@stagewire/shared/units/count';
import { cleanPath } from '@stagewire/shared/text/file-path';
import { chooseEndedRun } from '../commands/choose-run.ts';
import { cleanFileName, cleanLine, cleanText } from '../render/clean-text.ts';
import { jsonLine } from '../render/json-line.ts';
import { fileListLines, fileNotes, savedLines } from '../render/render-file-list.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { filePatches } from './file-patches.ts';
import { placeText, resolvePlace, type PlaceOption } from './files-at.ts';
import { filesReport } from './files-report.ts';
import { readRunFiles, type RunFiles } from './run-files.ts';
import { saveFiles } from './save-files.ts';
import { checkZip, saveZip, zipOf } from './zip-files.ts';

export interface FilesCommandOptions {
  /** Save them in this folder. */
  readonly out?: string;
  readonly force?: boolean;
  /** @default the latest files */
  readonly at?: PlaceOption;
  /** Only this file. */
  readonly path?: string;
  /** Compare two points; without `to` with `at`. */
  readonly diff?: { readonly from: PlaceOption; readonly to?: PlaceOption };
  /** Save them in this ZIP. */
  readonly zip?: string;
  readonly json?: boolean;
}

/** `files`: lists, prints, compares or saves the files of a run. */
export async function commandFiles(
  context: CliContext,
  runId: string | undefined,
  options: FilesCommandOptions,
): Promise<number> {
  if (options.diff !== undefined && (options.out !== undefined || options.zip !== undefined)) {
    throw new CliProblem('--diff compares files and saves none: leave out --out and --zip.', 'USAGE');
  }
  await using client = await connectTo(context);
  const run = client.run(await chooseEndedRun(client, runId));
  const state = await run.snapshot();
  const at = options.at === undefined ? undefined : resolvePlace(state, options.at);
  const scene = { run, state, at };
  if (options.diff !== undefined) return await showDiff(context, scene, options);
  const path = options.path === undefined ? undefined : pathOf(options.path);
  const found = await readRunFiles(run, state, { at, path });
  if (path !== undefined && found.files.length === 0) throw noSuchFile(path, scene, found);
  const saves = options.out !== undefined || options.zip !== undefined;
  if (path !== undefined && !saves) return await showFile(context, found, options);
  return await showFiles(context, found, options);
}

interface Scene {
  readonly run: Run;
  readonly state: RunState;
  readonly at: FilesAt | undefined;
}

/** Lists the files, or saves them first. */
async function showFiles(
  { screen, paint, cwd }: CliContext,
  found: RunFiles,
  { out, zip, force = false, json }: FilesCommandOptions,
): Promise<number> {
  const archive =
    zip === undefined
      ? undefined
      : { file: resolve(cwd, zip), content: await zipOf(found.run.runId, found.files) };
  // Before the files are written: a conflict of one of the two must leave both unwritten.
  if (archive !== undefined) await checkZip(archive.file, archive.content, force);
  const folder = out === undefined ? undefined : resolve(cwd, out);
  const saved =
    folder === undefined ? undefined : { folder, files: await saveFiles(found.files, { folder, force }) };
  if (archive !== undefined) await saveZip(archive.file, archive.content, force);
  const done = {
    saved,
    zip: archive === undefined ? undefined : { file: archive.file, bytes: archive.content.length },
  };
  const report = filesReport(found, done);
  if (json === true) await screen.write(`${jsonLine(report)}\n`);
  else {
    const lines = [
      ...(done.saved === undefined ? [] : savedLines(done.saved.files, done.saved.folder, paint)),
      ...(done.zip === undefined ? [] : [`Saved ${cleanLine(done.zip.file)}, ${grouped(done.zip.bytes)} B.`]),
    ];
    await screen.write(`${(lines.length === 0 ? fileListLines(report, paint) : lines).join('\n')}\n`);
  }
  for (const note of fileNotes(report)) screen.note(note);
  return exitCodes.done;
}

/** Prints one file: unchanged, except on a terminal, which could obey what is in it. */
async function showFile(
  { screen }: CliContext,
  found: RunFiles,
  { json }: FilesCommandOptions,
): Promise<number> {
  const [file] = found.files;
  if (file === undefined) return exitCodes.failed;
  if (json === true) await screen.write(`${jsonLine(file)}\n`);
  else await screen.write(screen.isTerminal ? cleanText(file.text) : file.text);
  if (file.elided === true) screen.note(`${cleanFileName(file.path)} omits parts of the file.`);
  return exitCodes.done;
}

async function showDiff(
  { screen, paint }: CliContext,
  { run, state, at }: Scene,
  { diff, path: given, json }: FilesCommandOptions,
): Promise<number> {
  if (diff === undefined) return exitCodes.failed;
  const path = given === undefined ? undefined : pathOf(given);
  const from = resolvePlace(state, diff.from);
  const to = diff.to === undefined ? at : resolvePlace(state, diff.to);
  const before = await readRunFiles(run, state, { at: from, path });
  const after = await readRunFiles(run, state, { at: to, path });
  if (path !== undefined && before.files.length + after.files.length === 0) {
    throw noSuchFile(path, { run, state, at: to }, after);
  }
  const patches = await filePatches(before.files, after.files, { runId: run.id, from, to });
  if (json === true) {
    await screen.write(`${jsonLine(patches)}\n`);
    return exitCodes.done;
  }
  const text = patches.files.map(({ patch }) => patch).join('');
  const shown = screen.isTerminal ? cleanText(text).replaceAll(/^[+-].*$/gm, paintedLine) : text;
  await screen.write(shown);
  if (patches.files.length === 0) screen.note('No differences.');
  return exitCodes.done;

  function paintedLine(line: string): string {
    return paint(line.startsWith('+') ? 'green' : 'red', line);
  }
}

/** As a run has it: with forward slashes and without a leading `./`. */
function pathOf(given: string): string {
  return cleanPath(given) ?? given;
}

function noSuchFile(path: string, { run, at }: Scene, { unfinished }: RunFiles): CliProblem {
  const when = at === undefined ? '' : ` at ${placeText(at)}`;
  const partial = unfinished.some((file) => file.path === path)
    ? ' An attempt that has not completed has written a part of it.'
    : '';
  return new CliProblem(`Run ${run.id} has no file ${cleanFileName(path)}${when}.${partial}`, 'NO_FILE');
}
