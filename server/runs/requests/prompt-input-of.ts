import type { AttemptState, RunState, StageState } from '@stagewire/shared';
import type { PromptFile, PromptInput, PromptReview, PromptSteer } from '../../pipeline/prompt-input.ts';
import type { RoleDefinition } from '../../pipeline/roles.ts';
import { draftOf } from './draft-of.ts';
import { filesOf } from '../decide/artifacts/files-of.ts';
import type { RunProgress } from '../decide/progress.ts';
import { repairOf } from './repair-of.ts';
import { latestTextOf, roleNotes } from './role-notes.ts';
import { skippedBlocks } from './skipped-blocks.ts';

/** The input of a prompt for a stage's latest attempt. Pure: from the log only. */
export function promptInputOf(
  progress: RunProgress,
  { role, stage, attempt }: { role: RoleDefinition; stage: StageState; attempt: AttemptState },
): PromptInput {
  const { run } = progress;
  const earlier = run.stages.filter((other) => other.stage < stage.stage);
  const reviews = run.reviews.filter((review) => review.stage < stage.stage);
  return {
    role,
    task: run.task,
    earlierTasks: run.from?.tasks ?? [],
    instructions: run.instructions,
    files: promptFiles(progress),
    design: latestTextOf(earlier, 'architect'),
    notes: roleNotes(run, earlier),
    review: reviews.at(-1) satisfies PromptReview | undefined,
    reviews: new Set(reviews.map((review) => review.stage)).size,
    ...skippedBlocks(run, earlier),
    lacksCode: !progress.hasChangedFiles && earlier.some((other) => other.role === 'coder'),
    steers: steersOf(run, attempt),
    draft: draftOf(run, stage, stage.attempts.length - 1),
    repair: repairOf(stage),
  };
}

/** Texts of the commands in this attempt's prompt, in the order of acceptance. */
export function steersOf(run: RunState, attempt: AttemptState): PromptSteer[] {
  return run.commands.flatMap(({ commandId, command }) => {
    if (command.kind === 'cancel' || command.text === undefined) return [];
    return attempt.commandIds.includes(commandId) ? [{ kind: command.kind, text: command.text }] : [];
  });
}

function promptFiles(progress: RunProgress): PromptFile[] {
  const writers = new Map(progress.run.stages.map(({ stage, role }) => [stage, role]));
  return filesOf(progress).map(({ path, text, from, stage, elided }) => {
    const writer = stage === undefined ? undefined : writers.get(stage);
    return { path, text, from, stage, writer, elided };
  });
}
