import type { EventBody, FileState, Role, RunVerdict } from '@stagewire/shared';
import { joinParts } from '@stagewire/shared/text/file-text';
import { planAfterChangeOfJudged } from '../../../pipeline/plan.ts';
import { textOf } from './files-of.ts';
import type { Judgement, RunProgress } from '../progress.ts';

/**
 * What holds after `artifacts` that are about to be recorded: the verdict that the run would end with, which is the last
 * review's, or `none` if nothing judges the files as they are then; and the plan, with a review where one is due. Pure.
 */
export function afterArtifacts(
  progress: RunProgress,
  artifacts: readonly EventBody[],
): { readonly verdict: RunVerdict; readonly plan: readonly Role[] } {
  const { judgement, run } = progress;
  if (judgement === null) return { verdict: 'none', plan: run.plan };
  if (!isChanged(judgement, progress, artifacts)) return { verdict: judgement.verdict, plan: run.plan };
  return { verdict: 'none', plan: planAfterChangeOfJudged(run.plan, run.pipeline.roles) };
}

/**
 * Has a file that the review was given another content after `artifacts`, or is it gone? New files do not count: the
 * review said nothing about them.
 */
function isChanged({ files }: Judgement, progress: RunProgress, artifacts: readonly EventBody[]): boolean {
  const { run } = progress;
  const now = new Map<string, FileState | string>(run.files.map((file) => [file.path, file]));
  for (const body of artifacts) {
    if (body.type === 'artifact.removed') now.delete(body.path);
    if (body.type === 'artifact.recorded') now.set(body.path, writtenText(run, body));
  }
  return [...files].some(([path, before]) => {
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
