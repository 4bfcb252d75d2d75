import * as shared from '@stagewire/shared/unfinished-files';
import type { RunState } from '../generated/contract.ts';

/** A file in the text of an attempt that has not completed: not recorded, and perhaps never. */
export interface UnfinishedFile {
  /** Path of the file: relative and clean, with forward slashes. */
  readonly path: string;
  /** From the block, otherwise from the extension of the path; `text` if neither gives one. */
  readonly language: string;
  /** The text so far. */
  readonly text: string;
  /** The stage that writes it. */
  readonly stage: number;
  /** The attempt that writes it. */
  readonly attempt: number;
  /** Whether the model has written it to its end; the attempt has not ended. */
  readonly isClosed: boolean;
}

/**
 * The files that the last attempt of a run has written so far and that are not recorded, in the order of its text. While
 * it is running, the last one may be open; of an attempt that failed or was stopped, these are the files that were lost
 * with it. Empty once the attempt has completed. Pure; parses the attempt's text each time, in linear time.
 */
export const unfinishedFiles: (run: RunState) => readonly UnfinishedFile[] = shared.unfinishedFiles;
