import { counted, grouped } from '@stagewire/shared/units/count';
import type { FilesReport } from '../files/files-report.ts';
import type { SavedFile } from '../files/save-files.ts';
import type { Paint } from '../terminal/paint.ts';
import { cleanFileName, cleanLine } from './clean-text.ts';

/** The files of a run as a table: path, language, lines, bytes, and what wrote it. */
export function fileListLines({ files }: FilesReport, paint: Paint): string[] {
  if (files.length === 0) return ['No files.'];
  const rows = files.map((file) => {
    const { path, language, lines, bytes, stage, attempt, role = '' } = file;
    const origin =
      stage === undefined ? 'context file' : `stage ${stage} (${cleanLine(role)}), attempt ${attempt}`;
    return {
      cells: [cleanFileName(path), cleanLine(language, 20), counted(lines, 'line'), `${grouped(bytes)} B`],
      origin: file.elided === true ? `${origin}, parts omitted` : origin,
    };
  });
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  return rows.map(({ cells, origin }) => {
    const padded = cells.map((cell, column) =>
      column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    return [...padded, paint('dim', origin)].join('  ');
  });
}

/** What is incomplete about these files, each in a line: for standard error. */
export function fileNotes({ status, at, files, unfinished }: FilesReport): string[] {
  const isEnded = status !== 'queued' && status !== 'running';
  return [
    ...(at === undefined && isEnded && status !== 'completed'
      ? [`The run is ${status}: these are the last files that were recorded.`]
      : []),
    ...(isEnded ? [] : [`The run is ${status}: its files may still change.`]),
    ...files.flatMap(({ path, elided }) =>
      elided === true ? [`${cleanFileName(path)} omits parts of the file, even after a repair.`] : [],
    ),
    ...unfinished.map(
      ({ path, stage, attempt, isClosed }) =>
        `${cleanFileName(path)} is not included: attempt ${attempt} of stage ${stage} ` +
        (isEnded ? 'did not complete.' : isClosed ? 'has not ended.' : 'is still writing it.'),
    ),
  ];
}

/** What was saved, in one line each for names that differ, and a summary. */
export function savedLines(files: readonly SavedFile[], folder: string, paint: Paint): string[] {
  const signs = { written: ['green', '+'], replaced: ['yellow', '~'], unchanged: ['dim', '='] } as const;
  const rows = files.map(({ path, savedAs, result }) => {
    const [style, sign] = signs[result];
    const was = savedAs === path ? '' : ` (${cleanFileName(path)} in the run: its name is not safe here)`;
    return `${paint(style, sign)} ${cleanFileName(savedAs)}${was}`;
  });
  const count = (wanted: SavedFile['result']) => files.filter(({ result }) => result === wanted).length;
  const more = [
    ...(count('replaced') > 0 ? [`${grouped(count('replaced'))} replaced`] : []),
    ...(count('unchanged') > 0 ? [`${grouped(count('unchanged'))} unchanged`] : []),
  ];
  const detail = more.length === 0 ? '' : ` (${more.join(', ')})`;
  return [...rows, `Saved ${counted(files.length, 'file')} in ${cleanLine(folder)}${detail}.`];
}
