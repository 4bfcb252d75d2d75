import type { EventBody, FileState, Role, RunVerdict } from '@stagewire/shared';
import { joinParts } from '@stagewire/shared/text/file-text';
import { planAfterChangeOfJudged } from '../../../pipeline/plan.ts';
import { textOf } from './files-of.ts';
import type { ReviewResult, RunProgress } from '../progress.ts';

/**
 * The verdict with which the run would end after `artifacts`: the last review's, or `none` if no review covers
 * the files as they are then; and the plan, with a review if one is due. Pure.
 */
export function afterArtifacts(
  progress: RunProgress,
  artifacts: readonly EventBody[],
): { readonly verdict: RunVerdict; readonly plan: readonly Role[] } {
  const { lastReview, run } = progress;
  if (lastReview === null) return { verdict: 'none', plan: run.plan };
  if (!isChanged(lastReview, progress, artifacts)) return { verdict: lastReview.verdict, plan: run.plan };
  return { verdict: 'none', plan: planAfterChangeOfJudged(run.plan, run.pipeline.roles) };
}

/**
 * Do `artifacts` change or remove a file that the review covered? New files do not count: the review did not
 * cover them.
 */
function isChanged({ files }: ReviewResult, progress: RunProgress, artifacts: readonly EventBody[]): boolean {
  const { run } = progress;
  const now = new Map<string, FileState | string>(run.files.map((file) => [file.path, file]));
  for (const body of artifacts) {
    if (body.type === 'artifact.removed') now.delete(body.path);
    if (body.type === 'artifact.recorded') now.set(body.path, writtenText(run, body));
  }
  return [...files].some(([path, before]) => {
    const after = now.get(path);
    if (after === undefined) return true;
    // An unchanged file is the same object, so its text is not assembled.
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
