import type { AttemptState, RunState, SkippedBlock, StageState } from '@stagewire/shared';
import type { PromptSkip, PromptUnfinished } from '../../pipeline/prompt-input.ts';
import { effectiveAttempts } from './role-notes.ts';

interface Skip {
  readonly stage: StageState;
  readonly attempt: AttemptState;
  readonly block: SkippedBlock;
}

/** Blocks of these stages that became no file and still matter: of each role's latest stage, oldest first. */
export function skippedBlocks(
  run: RunState,
  stages: readonly StageState[],
): { readonly skipped: readonly PromptSkip[]; readonly unfinished: readonly PromptUnfinished[] } {
  const latest = stages.filter(
    (stage) => !stages.some((later) => later.role === stage.role && later.stage > stage.stage),
  );
  const skips = latest
    .flatMap((stage) =>
      effectiveAttempts(stage).flatMap((attempt) =>
        attempt.skipped.map((block): Skip => ({ stage, attempt, block })),
      ),
    )
    .filter((skip) => !isWrittenSince(run, skip));
  const open = skips.filter(({ block }) => block.reason === 'open');
  return {
    skipped: skips
      .filter((skip) => !open.includes(skip))
      .map(({ stage, block: { reason, path } }) => ({ role: stage.role, reason, path })),
    unfinished: open.map(({ stage, attempt, block: { path, offset, chars } }) => ({
      role: stage.role,
      path,
      text: attempt.text.slice(offset, offset + chars),
    })),
  };
}

/** A skipped block no longer matters once its path was written completely. */
function isWrittenSince(run: RunState, { stage, attempt, block: { path, reason } }: Skip): boolean {
  const file = run.files.find((candidate) => path !== undefined && candidate.path === path);
  if (file?.stage === undefined || file.attempt === undefined) return false;
  if (file.stage !== stage.stage) return file.stage > stage.stage;
  return file.attempt > attempt.attempt || (file.attempt === attempt.attempt && reason === 'duplicate');
}
