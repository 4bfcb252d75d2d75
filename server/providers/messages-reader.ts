import type { RawMessageStreamEvent, StopReason } from '@anthropic-ai/sdk/resources/messages';
import type { FinishReason, Usage } from '@stagewire/shared';

import type { AnswerReader } from './answer.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure } from './provider-error.ts';
import type { ProviderFailure } from './provider.ts';
import { usageOf } from './usage.ts';

/** Reads the stream of Anthropic's Messages API. Complete means: `message_stop` was seen. */
export function createMessagesReader(context: ErrorContext): AnswerReader<RawMessageStreamEvent> {
  let stopReason: StopReason | null = null;
  let finishReason: FinishReason | undefined;
  let refusal: ProviderFailure | undefined;
  let told: Told | undefined;

  return {
    read(event, said) {
      switch (event.type) {
        case 'content_block_delta':
          if (event.delta.type === 'text_delta') said.push({ type: 'text', text: event.delta.text });
          else if (event.delta.type === 'thinking_delta') {
            said.push({ type: 'reasoning', text: event.delta.thinking });
          }
          return;
        case 'message_start':
          told = toldBy(event.message.usage, undefined);
          if (told !== undefined) said.push({ type: 'usage', usage: usageFrom(told) });
          return;
        case 'message_delta': {
          stopReason = event.delta.stop_reason;
          told = toldBy(event.usage, told);
          if (stopReason !== 'refusal') return;
          const why = event.delta.stop_details?.explanation ?? 'it gave no reason';
          const message = `Model ${context.model} of ${context.provider} refused to answer: ${why}`;
          refusal = failure('PROVIDER_REFUSED', message, context, { retryable: false });
          return;
        }
        case 'message_stop':
          finishReason = finishReasonOf(stopReason);
          return;
        case 'content_block_start':
        case 'content_block_stop':
          return;
        default:
          // Event types that this version does not know are additions: the API says they may come.
          event satisfies never;
      }
    },
    get finishReason() {
      return finishReason;
    },
    get usage() {
      return told === undefined ? undefined : usageFrom(told);
    },
    get refusal() {
      return refusal;
    },
  };
}

type Told = Partial<
  Pick<
    Extract<RawMessageStreamEvent, { type: 'message_delta' }>['usage'],
    | 'input_tokens'
    | 'cache_creation_input_tokens'
    | 'cache_read_input_tokens'
    | 'output_tokens'
    | 'output_tokens_details'
  >
>;

/** The counts are cumulative; what a later event leaves out is as it was. Compatible servers may tell nothing. */
function toldBy(now: Told | undefined, before: Told | undefined): Told | undefined {
  if (now === undefined) return before;
  return {
    input_tokens: now.input_tokens ?? before?.input_tokens ?? null,
    cache_creation_input_tokens:
      now.cache_creation_input_tokens ?? before?.cache_creation_input_tokens ?? null,
    cache_read_input_tokens: now.cache_read_input_tokens ?? before?.cache_read_input_tokens ?? null,
    output_tokens: now.output_tokens ?? before?.output_tokens ?? 0,
    output_tokens_details: now.output_tokens_details ?? before?.output_tokens_details ?? null,
  };
}

/** Anthropic counts what its cache read and wrote beside `input_tokens`; ours is the whole input. */
function usageFrom(told: Told): Usage {
  const cached = told.cache_read_input_tokens ?? undefined;
  const input = (told.input_tokens ?? 0) + (told.cache_creation_input_tokens ?? 0) + (cached ?? 0);
  const reasoning = told.output_tokens_details?.thinking_tokens;
  return usageOf({ input, output: told.output_tokens, reasoning, cached }, 'partial');
}

function finishReasonOf(stopReason: StopReason | null): FinishReason {
  switch (stopReason) {
    case 'end_turn':
    case 'stop_sequence':
      return 'stop';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    default:
      return 'other';
  }
}
