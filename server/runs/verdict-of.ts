import type { EventBody, FileState, RunVerdict } from '@stagewire/shared';
import { joinParts } from '@stagewire/shared/text/file-text';
import { textOf } from './files-of.ts';
import type { RunProgress } from './progress.ts';

/**
 * What the run would end with, after `artifacts` that are about to be recorded: the last review's verdict, or `none`
 * if nothing judges the files as they are then.
 */
export function verdictOf(progress: RunProgress, artifacts: readonly EventBody[]): RunVerdict {
  return isJudgedNoMore(progress, artifacts) ? 'none' : progress.verdict;
}

/**
 * Has a file that the last review was given another content after `artifacts` that are about to be recorded, or is
 * it gone? New files do not count: the review said nothing about them. Pure.
 */
export function isJudgedNoMore(progress: RunProgress, artifacts: readonly EventBody[]): boolean {
  const { judged, run } = progress;
  if (judged === null) return false;
  const now = new Map<string, FileState | string>(run.files.map((file) => [file.path, file]));
  for (const body of artifacts) {
    if (body.type === 'artifact.removed') now.delete(body.path);
    if (body.type === 'artifact.recorded') now.set(body.path, writtenText(run, body));
  }
  return [...judged].some(([path, before]) => {
    const after = now.get(path);
    if (after === undefined) return true;
    // What nobody touched is the same object, so no text is put together for it.
    if (after === before) return false;
    return textOf(progress, before) !== (typeof after === 'string' ? after : textOf(progress, after));
  });
}

function writtenText(
  run: RunProgress['run'],
  { stage, attempt, parts }: Extract<EventBody, { type: 'artifact.recorded' }>,
): string {
  const attempts = run.stages.find((it) => it.stage === stage)?.attempts;
  return joinParts(attempts?.find((it) => it.attempt === attempt)?.text ?? '', parts);
}
