import type { Usage } from '@stagewire/shared';

import type { AnswerReader } from './answer-reader.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure } from './provider-error.ts';
import type { ProviderFailure, ProviderRequest } from './provider.ts';
import { estimateInputTokens } from './usage.ts';

export interface CompletedAnswer {
  readonly reader: AnswerReader<unknown>;
  readonly request: ProviderRequest;
  readonly context: ErrorContext;
  readonly usage: Usage | undefined;
  /** Whether there was text that is not blank. */
  readonly hasText: boolean;
  readonly hasReasoning: boolean;
  /** Whether a tag opened a thought and none closed it. */
  readonly isThoughtOpen: boolean;
}

/** Why a complete answer is unusable: it has no text. `undefined` if it has. */
export function findEmptyAnswer(ended: CompletedAnswer): ProviderFailure | undefined {
  const { reader, request, context, hasText, isThoughtOpen } = ended;
  if (hasText && !isThoughtOpen) return undefined;
  const model = `Model ${context.model ?? request.model} of ${context.provider}`;
  if (reader.finishReason === 'length' && !hasText) {
    const message = `${model} ${limitMessage(ended)} ${limitAdvice(context)}`;
    return failure('OUTPUT_INVALID', message, context, { retryable: false, reason: 'output_limit' });
  }
  if (isThoughtOpen) {
    const message = `${model} opened a reasoning tag and did not close it, so there is no answer.`;
    return failure('OUTPUT_INVALID', message, context, { retryable: true, reason: 'thought_unfinished' });
  }
  if (reader.tool !== undefined) {
    const name = reader.tool === '' ? 'a tool' : `the tool "${reader.tool}"`;
    const message = `${model} called ${name} instead of writing an answer; no tools are available in a run.`;
    return failure('OUTPUT_INVALID', message, context, { retryable: true, reason: 'tool_call' });
  }
  // The text that was kept from the previous attempt may have been the whole answer.
  if (request.rehearsal.keptText !== '') return undefined;
  const word = reader.rawFinishReason ?? reader.finishReason ?? 'none';
  const message = `${model} returned an empty answer and reported it as complete (finish reason: ${word}).`;
  return failure('OUTPUT_INVALID', message, context, { retryable: true, reason: 'empty' });
}

function limitMessage({ usage, request, hasReasoning, isThoughtOpen }: CompletedAnswer): string {
  const tokens = usage?.outputTokens ?? request.maxOutputTokens;
  const count =
    tokens === undefined || tokens === 0 ? 'all its output tokens' : `all its ${tokens} output tokens`;
  const thought = hasReasoning || isThoughtOpen || (usage?.reasoningTokens ?? 0) > 0;
  return thought
    ? `used ${count} on reasoning and wrote no text: the length limit of the answer was reached.`
    : `used ${count} and wrote no text: the length limit of the answer was reached.`;
}

function limitAdvice({ variable }: ErrorContext): string {
  const limit = variable?.replace(/_BASE_URL$/, '_MAX_OUTPUT_TOKENS');
  return `Raise ${limit ?? 'the limit'}, or lower the effort of the role.`;
}

/** Below this many tokens the estimate is too inaccurate. */
const MIN_ESTIMATED_TOKENS = 2_000;

/** Whether the provider reports that it read less than half of what was sent: it has discarded the rest. */
export function isPromptTruncated(request: ProviderRequest, usage: Usage): boolean {
  const estimated = estimateInputTokens(request);
  return estimated >= MIN_ESTIMATED_TOKENS && usage.inputTokens < estimated / 2;
}
