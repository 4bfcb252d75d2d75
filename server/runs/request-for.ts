import type { AttemptState, RunState, StageState } from '@stagewire/shared';
import { buildPrompt, type PromptInput, type PromptSource, type PromptSteer } from '../pipeline/prompt.ts';
import { reviewJson } from '../pipeline/review-schema.ts';
import { parseReview } from '../pipeline/review-parser.ts';
import { findRole, type RoleDefinition } from '../pipeline/roles.ts';
import type { ProviderRequest } from '../providers/provider.ts';
import { phaseOf, type RunProgress } from './progress.ts';

/**
 * What to ask the model for the run's open attempt. Pure: the same run gives the same request.
 *
 * @throws RangeError if no attempt is open, or its role is not one of this server's.
 */
export function requestFor(progress: RunProgress, model: string): ProviderRequest {
  const { run } = progress;
  const phase = phaseOf(run);
  if (phase.is !== 'attempt') throw new RangeError(`run ${run.runId} has no open attempt`);
  const { stage, attempt } = phase;
  const role = findRole(stage.role);
  if (role === undefined) throw new RangeError(`this server has no role "${stage.role}"`);
  const steers = steersOf(run, attempt);
  const issues = run.review?.issues ?? [];
  const prompt = buildPrompt({
    role,
    task: run.task,
    files: progress.inputs,
    instructions: run.instructions,
    sources: sourcesFor(run, role, stage),
    issues,
    steers,
    draft: draftOf(stage, stage.attempts.length - 1),
    repair: repairOf(stage),
  });
  return {
    // Half of a surrogate pair, where a text broke off, makes a body that some providers refuse.
    system: prompt.system.toWellFormed(),
    messages: prompt.messages.map((message) => ({ ...message, text: message.text.toWellFormed() })),
    model,
    ...(stage.format === 'json' ? { json: reviewJson } : {}),
    scene: {
      role: stage.role,
      task: run.task,
      visit: run.stages.filter((other) => other.role === stage.role).length,
      attempt: attempt.attempt,
      instructions: steers.map((steer) => steer.text),
      kept: attempt.text.slice(0, attempt.keptChars),
      issues: issues.map((issue) => issue.message),
      runId: run.runId,
    },
  };
}

/** Texts of the commands in this attempt's prompt, in the order of acceptance. */
function steersOf(run: RunState, attempt: AttemptState): PromptSteer[] {
  return run.commands.flatMap(({ commandId, command }) => {
    if (command.kind === 'cancel' || command.text === undefined) return [];
    return attempt.commandIds.includes(commandId) ? [{ kind: command.kind, text: command.text }] : [];
  });
}

/** Each role's latest text that is not blank, of the roles that this one reads, oldest first; not of its own stage. */
function sourcesFor(run: RunState, role: RoleDefinition, own: StageState): PromptSource[] {
  const latest = new Map<string, PromptSource>();
  for (const stage of run.stages) {
    if (stage === own || !role.reads.includes(stage.role)) continue;
    const written = stage.attempts.findLast(({ text }) => text.trim() !== '');
    if (written === undefined) continue;
    // Put at the end anew: what a role wrote again is younger than what others wrote in between.
    latest.delete(stage.role);
    latest.set(stage.role, {
      role: stage.role,
      text: written.text,
      partial: written.status !== 'completed',
    });
  }
  return [...latest.values()];
}

/**
 * The text that an attempt starts from: what it keeps, or what a steer threw away. A retry or a resume has the
 * draft of the attempt before it, because it does the same work again.
 */
function draftOf(stage: StageState, index: number): PromptInput['draft'] {
  const attempt = stage.attempts[index];
  if (attempt === undefined) return undefined;
  if (attempt.keptChars > 0) return { text: attempt.text.slice(0, attempt.keptChars), mode: 'continue' };
  const before = stage.attempts[index - 1];
  switch (attempt.cause) {
    case 'steer':
      return before === undefined ? undefined : { text: before.text, mode: 'restart' };
    case 'resume': {
      const steered = attempt.commandIds.length > (before?.commandIds.length ?? 0);
      if (steered && before !== undefined) return { text: before.text, mode: 'restart' };
      return draftOf(stage, index - 1);
    }
    case 'retry':
      return draftOf(stage, index - 1);
    case 'plan':
    case 'review':
    case 'redirect':
    case 'repair':
    case 'continue':
      return undefined;
    default:
      return attempt.cause satisfies never;
  }
}

/** What a repair has to mend; also for the attempts that follow it, until a steer changes the work. */
function repairOf(stage: StageState): PromptInput['repair'] {
  const index = stage.attempts.findLastIndex(({ cause }) => cause === 'repair' || cause === 'steer');
  const invalid = stage.attempts[index - 1];
  if (stage.attempts[index]?.cause !== 'repair' || invalid === undefined) return undefined;
  const { problem } = parseReview(invalid.text);
  return problem === undefined ? undefined : { text: invalid.text, problem: problem.message };
}
