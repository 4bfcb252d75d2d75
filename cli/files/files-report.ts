import type { FilesAt, RunFile, RunState } from '@stagewire/client';
import type { RunFiles } from './run-files.ts';
import type { SavedFile } from './save-files.ts';

/** The JSON document of `files --json`. */
export interface FilesReport {
  readonly runId: string;
  readonly status: RunState['status'];
  /** The point in the run; absent for the latest files. */
  readonly at?: FilesAt;
  readonly files: readonly FileFacts[];
  readonly unfinished: readonly UnfinishedFacts[];
  /** Present with `--out`. */
  readonly saved?: { readonly folder: string; readonly files: readonly SavedFile[] } | undefined;
  /** Present with `--zip`. */
  readonly zip?: { readonly file: string; readonly bytes: number } | undefined;
}

/** A `RunFile` with sizes instead of its text. */
export interface FileFacts extends Omit<RunFile, 'text'> {
  /** The role that wrote it; absent for a context file. */
  readonly role?: string;
  /** As UTF-8. */
  readonly bytes: number;
  readonly lines: number;
}

/** A file in the text of an attempt that has not completed. */
export interface UnfinishedFacts {
  readonly path: string;
  readonly language: string;
  readonly stage: number;
  readonly attempt: number;
  readonly isClosed: boolean;
  readonly bytes: number;
  readonly lines: number;
}

export function filesReport(
  { run, at, files, unfinished }: RunFiles,
  done: Pick<FilesReport, 'saved' | 'zip'> = {},
): FilesReport {
  return {
    runId: run.runId,
    status: run.status,
    ...(at !== undefined && { at }),
    files: files.map(({ text, ...file }) => {
      const role = run.stages.find(({ stage }) => stage === file.stage)?.role;
      return { ...file, ...(role !== undefined && { role }), ...sizeOf(text) };
    }),
    unfinished: unfinished.map(({ text, ...file }) => ({ ...file, ...sizeOf(text) })),
    ...done,
  };
}

export function sizeOf(text: string): { readonly bytes: number; readonly lines: number } {
  const breaks = text.split('\n').length - 1;
  return { bytes: Buffer.byteLength(text), lines: breaks + (text === '' || text.endsWith('\n') ? 0 : 1) };
}
