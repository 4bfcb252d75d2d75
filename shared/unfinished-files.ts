import type { AttemptState, RunState, StageState } from './state.ts';
import { joinParts } from './text/file-text.ts';
import { readFiles, type WrittenFile } from './text/read-files.ts';
import { isWholeReadme, writesFiles } from './text/readme.ts';
import { readmeParts } from './text/readme-parts.ts';
import { seamsOf } from './text/seams-of.ts';

/** A file in the text of an attempt that has not completed: not recorded, and perhaps never. */
export interface UnfinishedFile {
  readonly path: string;
  readonly language: string;
  /** The text so far. */
  readonly text: string;
  readonly stage: number;
  readonly attempt: number;
  /** Whether the model has written it to its end; the attempt has not ended. */
  readonly isClosed: boolean;
}

/**
 * The files that the last attempt of a run has written so far and that are not recorded, in the order of its text. While
 * it is running, the last one may be open; of an attempt that failed or was stopped, these are the files that were lost
 * with it. Empty once the attempt has completed.
 *
 * It parses the attempt's text each time, in linear time: memoize it by that text.
 */
export function unfinishedFiles(run: RunState): readonly UnfinishedFile[] {
  const stage = run.stages.at(-1);
  const attempt = stage?.attempts.at(-1);
  if (stage === undefined || attempt === undefined || attempt.status === 'completed') return [];
  if (!writesFiles(stage) || attempt.text.trim() === '') return [];
  const isOfAttempt = (it: { readonly stage?: number | undefined; readonly attempt?: number | undefined }) =>
    it.stage === stage.stage && it.attempt === attempt.attempt;
  const changed = run.fileHistory?.find(isOfAttempt)?.files ?? run.files.filter(isOfAttempt);
  const recorded = new Set(changed.map(({ path }) => path));
  return filesIn(run, stage, attempt).filter(({ path }) => !recorded.has(path));
}

function filesIn(run: RunState, stage: StageState, attempt: AttemptState): readonly UnfinishedFile[] {
  const { text } = attempt;
  const seams = seamsOf(stage, stage.attempts.indexOf(attempt));
  // Whether a file is complete is decided when the attempt ends; until then each is shown.
  const read = readFiles(text, { seams, acceptElided: true, isGrowing: attempt.status === 'running' });
  const unfinished = ({ path, language, parts }: WrittenFile, isClosed: boolean): UnfinishedFile => {
    const content = joinParts(text, parts);
    return {
      path,
      language,
      text: isClosed ? content : withoutClosingLine(content),
      stage: stage.stage,
      attempt: attempt.attempt,
      isClosed,
    };
  };
  if (isWholeReadme(stage, run.files, read)) {
    const parts = readmeParts(text, seams);
    return parts.length === 0 ? [] : [unfinished({ path: 'README.md', language: 'markdown', parts }, false)];
  }
  const { open } = read;
  return [
    ...read.files.filter(({ path }) => path !== open?.path).map((file) => unfinished(file, true)),
    ...(open === undefined ? [] : [unfinished(open, false)]),
  ];
}

/** The last line may be the start of a closing fence, of which each new token would show another part. */
function withoutClosingLine(text: string): string {
  const lineStart = text.lastIndexOf('\n') + 1;
  return /^[ \t>]{0,8}(?:`{1,32}|~{1,32})$/.test(text.slice(lineStart)) ? text.slice(0, lineStart) : text;
}
