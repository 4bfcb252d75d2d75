import type { Message, RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { FinishReason, Usage } from '@stagewire/shared';

import type { AnswerReader } from './answer-reader.ts';
import { pushContent } from './content-parts.ts';
import { isRecord } from './error-body.ts';
import { finishCategoryOf } from './finish-reason.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure } from './provider-error.ts';
import type { ProviderFailure } from './provider.ts';
import { countOf, usageOf } from './usage.ts';

/**
 * Reads the stream of Anthropic's Messages API. The answer is complete when a `message_delta` had a `stop_reason`,
 * or `message_stop` was seen.
 */
export function createMessagesReader(context: ErrorContext): AnswerReader<RawMessageStreamEvent> {
  let stopReason: string | null = null;
  let finishReason: FinishReason | undefined;
  let refusal: ProviderFailure | undefined;
  let usageFields: UsageFields | undefined;
  let tool: string | undefined;

  function stop(reason: string | null | undefined, details: StopDetails): void {
    if (typeof reason !== 'string' || reason === '') return;
    stopReason = reason;
    finishReason = finishReasonOf(reason);
    if (finishCategoryOf(reason) === 'tool') tool ??= '';
    if (finishCategoryOf(reason) !== 'filter') return;
    const category = details?.category ? ` (${details.category})` : '';
    const why = `${details?.explanation ?? 'it gave no reason'}${category}`;
    const message = `Model ${context.model} of ${context.provider} refused to answer: ${why}`;
    refusal = failure('PROVIDER_REFUSED', message, context, { retryable: false });
  }

  const reader: AnswerReader<RawMessageStreamEvent> = {
    read(event, output) {
      switch (event.type) {
        case 'content_block_delta':
          if (event.delta.type === 'text_delta') output.push({ type: 'text', text: event.delta.text });
          else if (event.delta.type === 'thinking_delta') {
            output.push({ type: 'reasoning', text: event.delta.thinking });
          }
          return;
        case 'message_start':
          usageFields = mergeUsage(event.message.usage, undefined);
          if (usageFields !== undefined) output.push({ type: 'usage', usage: usageFrom(usageFields) });
          return;
        case 'message_delta':
          usageFields = mergeUsage(event.usage, usageFields);
          stop(event.delta.stop_reason, event.delta.stop_details);
          return;
        case 'message_stop':
          finishReason ??= finishReasonOf(stopReason ?? 'none');
          return;
        case 'content_block_start':
          // Compatible servers put the first text of a block here.
          pushContent(event.content_block, output);
          tool ??= toolOf(event.content_block);
          return;
        case 'content_block_stop':
          return;
        default:
          // Unknown event types are additions: the API announces that they may come.
          event satisfies never;
      }
    },
    readWhole(document, output) {
      if (document['type'] !== 'message' && !Array.isArray(document['content'])) return false;
      const message = document as unknown as Message;
      usageFields = mergeUsage(message.usage, undefined);
      pushContent(message.content, output);
      tool = message.content.map(toolOf).find((name) => name !== undefined);
      stop(message.stop_reason, message.stop_details);
      finishReason ??= 'other';
      return true;
    },
    // Only its own events complete an answer of this API.
    done: () => undefined,
    get finishReason() {
      return finishReason;
    },
    get rawFinishReason() {
      return stopReason ?? undefined;
    },
    get usage() {
      return usageFields === undefined ? undefined : usageFrom(usageFields);
    },
    get refusal() {
      return refusal;
    },
    get tool() {
      return tool;
    },
  };
  return reader;
}

type StopDetails =
  { readonly explanation?: string | null; readonly category?: string | null } | null | undefined;

function toolOf(block: { readonly type: string; readonly name?: unknown }): string | undefined {
  if (!block.type.endsWith('tool_use')) return undefined;
  return typeof block.name === 'string' ? block.name.slice(0, 80) : block.type;
}

/** Usage as it was received: compatible servers deviate from the declared types. */
type UsageFields = Readonly<Record<string, unknown>>;

/** The counts are cumulative. A count that a later event omits, or sends as no number, keeps its value. */
function mergeUsage(now: unknown, before: UsageFields | undefined): UsageFields | undefined {
  if (!isRecord(now)) return before;
  const details = isRecord(now['output_tokens_details']) ? now['output_tokens_details'] : {};
  const counts = { ...now, thinking_tokens: details['thinking_tokens'] };
  const known = Object.entries(counts).filter(([, count]) => countOf(count) !== undefined);
  return { ...before, ...Object.fromEntries(known) };
}

/** Anthropic excludes tokens read from and written to the cache from `input_tokens`; Stagewire includes them. */
function usageFrom(usageFields: UsageFields): Usage {
  const cached = countOf(usageFields['cache_read_input_tokens']);
  const written = countOf(usageFields['cache_creation_input_tokens']) ?? 0;
  const input = (countOf(usageFields['input_tokens']) ?? 0) + written + (cached ?? 0);
  const { output_tokens: output, thinking_tokens: reasoning } = usageFields;
  return usageOf({ input, output, reasoning, cached, written }, 'partial');
}

function finishReasonOf(stopReason: string): FinishReason {
  const category = finishCategoryOf(stopReason);
  return category === 'stop' || category === 'length' ? category : 'other';
}
