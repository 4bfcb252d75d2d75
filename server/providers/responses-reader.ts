import type { Response as ModelResponse, ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { FinishReason, Usage } from '@stagewire/shared';

import type { AnswerReader } from './answer.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure, failureOfBody } from './provider-error.ts';
import type { ProviderFailure } from './provider.ts';
import { usageOf } from './usage.ts';

/** Reads the stream of OpenAI's Responses API. Complete means: `response.completed` or `response.incomplete`. */
export function createResponsesReader(context: ErrorContext): AnswerReader<ResponseStreamEvent> {
  let finishReason: FinishReason | undefined;
  let usage: Usage | undefined;
  let refusal: ProviderFailure | undefined;
  let refusalText = '';

  return {
    read(event, said) {
      switch (event.type) {
        case 'response.output_text.delta':
          said.push({ type: 'text', text: event.delta });
          return;
        case 'response.reasoning_summary_text.delta':
        case 'response.reasoning_text.delta':
          said.push({ type: 'reasoning', text: event.delta });
          return;
        case 'response.reasoning_summary_part.added':
          // The parts of a summary are paragraphs, and no delta says that one ends.
          if (event.summary_index > 0) said.push({ type: 'reasoning', text: '\n\n' });
          return;
        case 'response.refusal.delta':
          refusalText += event.delta;
          return;
        case 'response.failed':
        case 'response.completed':
        case 'response.incomplete': {
          usage = usageFrom(event.response) ?? usage;
          if (hasFailed(event)) {
            if (usage !== undefined) said.push({ type: 'usage', usage });
            throw failureOfBody(event.response.error ?? 'the response failed', context);
          }
          const cutBy = event.response.incomplete_details?.reason;
          finishReason = finishReasonOf(event, cutBy);
          if (refusalText !== '' || cutBy === 'content_filter') {
            const why = refusalText === '' ? 'a content filter ended the answer' : refusalText;
            const message = `Model ${context.model} of ${context.provider} refused to answer: ${why}`;
            refusal = failure('PROVIDER_REFUSED', message, context, { retryable: false });
          }
          return;
        }
        default:
          // Some fifty more types say what these say already, or what was not asked for.
          return;
      }
    },
    get finishReason() {
      return finishReason;
    },
    get usage() {
      return usage;
    },
    get refusal() {
      return refusal;
    },
  };
}

/** Whatever its event is called, a response with one of these statuses is no whole answer. */
function hasFailed({ type, response }: { readonly type: string; readonly response: ModelResponse }): boolean {
  return type === 'response.failed' || response.status === 'failed' || response.status === 'cancelled';
}

/** Some servers say `response.completed` with the status `incomplete`. */
function finishReasonOf(
  event: { readonly type: string; readonly response: ModelResponse },
  cutBy: string | undefined,
): FinishReason {
  if (event.type === 'response.completed' && event.response.status !== 'incomplete') return 'stop';
  return cutBy === 'max_output_tokens' ? 'length' : 'other';
}

function usageFrom({ usage }: ModelResponse): Usage | undefined {
  if (usage === undefined || usage === null) return undefined;
  return usageOf(
    {
      input: usage.input_tokens,
      output: usage.output_tokens,
      // Compatible servers leave the details out, whatever the type says.
      reasoning: usage.output_tokens_details?.reasoning_tokens,
      cached: usage.input_tokens_details?.cached_tokens,
    },
    'partial',
  );
}
