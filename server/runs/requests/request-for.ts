import type { AttemptState, RunState, StageState } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { fitPrompt, promptTokens } from '../../pipeline/fit-prompt.ts';
import { reviewJson } from '../../pipeline/review-schema.ts';
import { findRole } from '../../pipeline/roles.ts';
import type { ProviderRequest } from '../../providers/provider.ts';
import { effortOf } from '../decide/effort-of.ts';
import { phaseOf } from '../decide/phase.ts';
import type { RunProgress } from '../decide/progress.ts';
import { promptInputOf, steersOf } from './prompt-input-of.ts';

export interface AttemptRequest {
  readonly request: ProviderRequest;
  /** Set if the prompt exceeds the context window in `stage.started`: the reason. It is not sent then. */
  readonly tooLong?: string;
}

/**
 * The model request of the run's open attempt. Pure: the same log gives the same request.
 *
 * @param model The provider's name of the model.
 * @throws RangeError if no attempt is open.
 * @throws StagewireError ATTEMPT_NOT_FOUND if this server does not know the attempt's role.
 */
export function requestFor(progress: RunProgress, model: string): AttemptRequest {
  const { run, contextTokens } = progress;
  const phase = phaseOf(run);
  if (phase.is !== 'attempt') throw new RangeError(`run ${run.runId} has no open attempt`);
  const { stage, attempt } = phase;
  const role = findRole(stage.role);
  if (role === undefined) {
    const place = { runId: run.runId, stage: stage.stage, attempt: attempt.attempt };
    throw wireErrors.ATTEMPT_NOT_FOUND.unknownRole(stage.role, place);
  }
  const maxOutputTokens = outputTokensOf(run, stage);
  const input = promptInputOf(progress, { role, stage, attempt });
  const { prompt, problem } = fitPrompt(input, { contextTokens, answerTokens: maxOutputTokens });
  const effort = effortOf(run, stage, attempt);
  return {
    request: {
      // Half of a surrogate pair, where a text was cut, makes a body that some providers reject.
      system: prompt.system.toWellFormed(),
      messages: prompt.messages.map((message) => ({ ...message, text: message.text.toWellFormed() })),
      model,
      cacheKey: run.runId,
      ...(effort === undefined ? {} : { effort }),
      ...(maxOutputTokens === undefined
        ? {}
        : { maxOutputTokens: withinWindow(maxOutputTokens, contextTokens, promptTokens(prompt)) }),
      ...(stage.format === 'json' ? { json: reviewJson } : {}),
      rehearsal: {
        ...rehearsalContextOf(run, stage, attempt),
        files: input.files.map(({ path, text, from }) => ({ path, text, from })),
      },
    },
    ...(problem === undefined ? {} : { tooLong: problem }),
  };
}

function outputTokensOf({ settings }: RunState, { role }: StageState): number | undefined {
  return settings[role]?.maxOutputTokens ?? settings['default']?.maxOutputTokens;
}

/** Some providers reject a request whose prompt and limit together exceed the context window. */
function withinWindow(limit: number, contextTokens: number | undefined, tokens: number): number {
  return contextTokens === undefined ? limit : Math.max(1, Math.min(limit, contextTokens - tokens));
}

function rehearsalContextOf(
  run: RunState,
  stage: StageState,
  attempt: AttemptState,
): ProviderRequest['rehearsal'] {
  // What a follow-up asks for is an instruction about the work of the first task.
  const [task, ...later] = [...(run.from?.tasks ?? []), run.task];
  return {
    role: stage.role,
    task,
    visit: run.stages.filter((other) => other.role === stage.role).length,
    attempt: attempt.attempt,
    instructions: [...later, ...steersOf(run, attempt).map((steer) => steer.text)],
    keptText: attempt.text.slice(0, attempt.keptChars),
    issues: (run.review?.issues ?? []).map((issue) => issue.message),
    hasTester: run.pipeline.roles.includes('tester'),
    runId: run.runId,
  };
}
