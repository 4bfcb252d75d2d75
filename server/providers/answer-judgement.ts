import type { Usage } from '@stagewire/shared';

import type { AnswerReader } from './answer-reader.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure } from './provider-error.ts';
import type { ProviderFailure, ProviderRequest } from './provider.ts';
import { estimateInputTokens } from './usage.ts';

export interface EndedAnswer {
  readonly reader: AnswerReader<unknown>;
  readonly request: ProviderRequest;
  readonly context: ErrorContext;
  readonly usage: Usage | undefined;
  /** Whether there was text that is not blank. */
  readonly wrote: boolean;
  readonly reasoned: boolean;
  /** Whether a thought was begun by a tag and never ended. */
  readonly thoughtOpen: boolean;
}

/** Why a complete answer is none: it has no text. `undefined` if it has. */
export function nothingWritten(ended: EndedAnswer): ProviderFailure | undefined {
  const { reader, request, context, wrote, thoughtOpen } = ended;
  if (wrote && !thoughtOpen) return undefined;
  const model = `Model ${context.model ?? request.model} of ${context.provider}`;
  if (reader.finishReason === 'length' && !wrote) {
    const message = `${model} ${limitWords(ended)} ${limitAdvice(context)}`;
    return failure('OUTPUT_INVALID', message, context, { retryable: false, reason: 'output_limit' });
  }
  if (thoughtOpen) {
    const message = `${model} began a thought by a tag and never ended it, so that there is no answer.`;
    return failure('OUTPUT_INVALID', message, context, { retryable: true, reason: 'thought_unfinished' });
  }
  if (reader.tool !== undefined) {
    const name = reader.tool === '' ? 'a tool' : `the tool "${reader.tool}"`;
    const message = `${model} called ${name} instead of writing an answer; it has no tools here.`;
    return failure('OUTPUT_INVALID', message, context, { retryable: true, reason: 'tool_call' });
  }
  // What was kept of an attempt before may have been the whole answer.
  if (request.rehearsal.kept !== '') return undefined;
  const word = reader.finishWord ?? reader.finishReason ?? 'none';
  const message = `${model} wrote nothing and ended its answer as if it were whole (finish reason: ${word}).`;
  return failure('OUTPUT_INVALID', message, context, { retryable: true, reason: 'empty' });
}

function limitWords({ usage, request, reasoned, thoughtOpen }: EndedAnswer): string {
  const tokens = usage?.outputTokens ?? request.maxOutputTokens;
  const count =
    tokens === undefined || tokens === 0 ? 'all its output tokens' : `all its ${tokens} output tokens`;
  const thought = reasoned || thoughtOpen || (usage?.reasoningTokens ?? 0) > 0;
  return thought
    ? `used ${count} on reasoning and wrote no text: the length limit of the answer was reached.`
    : `used ${count} and wrote no text: the length limit of the answer was reached.`;
}

function limitAdvice({ variable }: ErrorContext): string {
  const limit = variable?.replace(/_BASE_URL$/, '_MAX_OUTPUT_TOKENS');
  return `Raise ${limit ?? 'the limit'}, or lower the effort of the role.`;
}

/** Below so many tokens an estimate says nothing. */
const MIN_ESTIMATED_TOKENS = 2_000;

/** Whether the provider says that it read less than half of what was sent: it has thrown the rest away. */
export function isTooLittle(request: ProviderRequest, usage: Usage): boolean {
  const estimated = estimateInputTokens(request);
  return estimated >= MIN_ESTIMATED_TOKENS && usage.inputTokens < estimated / 2;
}
