import type { Response as ModelResponse, ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { FinishReason, Usage } from '@stagewire/shared';

import type { AnswerReader } from './answer-reader.ts';
import { hasText, pushContent, pushReasoning } from './content-parts.ts';
import { isRecord } from './error-body.ts';
import { finishCategoryOf } from './finish-reason.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure, failureOfBody } from './provider-error.ts';
import type { ProviderEvent, ProviderFailure } from './provider.ts';
import { usageOf } from './usage.ts';

/**
 * Reads the stream of OpenAI's Responses API. The answer is complete after `response.completed` or
 * `response.incomplete`. Several messages become one text, separated by a blank line.
 */
export function createResponsesReader(context: ErrorContext): AnswerReader<ResponseStreamEvent> {
  let finishReason: FinishReason | undefined;
  let rawFinishReason: string | undefined;
  let usage: Usage | undefined;
  let refusal: ProviderFailure | undefined;
  let refusalText = '';
  let tool: string | undefined;
  let textItem: string | undefined;
  let hasReasoning = false;

  function pushText(item: string, text: string, output: ProviderEvent[]): void {
    if (text === '') return;
    if (textItem !== undefined && textItem !== item) output.push({ type: 'text', text: '\n\n' });
    textItem = item;
    output.push({ type: 'text', text });
  }

  /** Emits an item of a whole response, for servers that send no deltas. */
  function pushItem(item: Readonly<Record<string, unknown>>, at: number, output: ProviderEvent[]): void {
    const name = `#${at}`;
    switch (item['type']) {
      case 'reasoning':
        if (!hasReasoning)
          pushReasoning(hasText(item['summary']) ? item['summary'] : item['content'], output);
        return;
      case 'message': {
        const parts: ProviderEvent[] = [];
        pushContent(item['content'], parts);
        for (const part of parts) {
          if (part.type === 'text') pushText(name, part.text, output);
          else output.push(part);
        }
        refusalText += refusalIn(item['content']);
        return;
      }
      default:
    }
  }

  function end(type: string, response: ModelResponse, output: ProviderEvent[]): void {
    usage = usageFrom(response) ?? usage;
    if (hasFailed({ type, response })) {
      if (usage !== undefined) output.push({ type: 'usage', usage: { ...usage, source: 'final' } });
      throw failureOfBody(response.error ?? 'the response failed', context);
    }
    const sent: unknown = response.output;
    const items = Array.isArray(sent) ? sent.filter(isRecord) : [];
    if (textItem === undefined && refusalText === '') {
      for (const [at, item] of items.entries()) pushItem(item, at, output);
    }
    tool ??= items.map(toolOf).find((name) => name !== undefined);
    const cutBy = response.incomplete_details?.reason;
    finishReason = finishReasonOf({ type, response }, cutBy);
    rawFinishReason = cutBy ?? response.status ?? type;
    if (refusalText !== '' || cutBy === 'content_filter') {
      const why = refusalText === '' ? 'a content filter ended the answer' : refusalText;
      const message = `Model ${context.model} of ${context.provider} refused to answer: ${why}`;
      refusal = failure('PROVIDER_REFUSED', message, context, { retryable: false });
    }
  }

  const reader: AnswerReader<ResponseStreamEvent> = {
    read(event, output) {
      switch (event.type) {
        case 'response.output_text.delta':
          pushText(`${event.item_id}#${event.output_index}`, event.delta, output);
          return;
        case 'response.output_text.done':
          // Some servers send no deltas.
          if (textItem !== `${event.item_id}#${event.output_index}` && typeof event.text === 'string')
            pushText(`${event.item_id}#${event.output_index}`, event.text, output);
          return;
        case 'response.reasoning_summary_text.delta':
        case 'response.reasoning_text.delta':
          hasReasoning = true;
          output.push({ type: 'reasoning', text: event.delta });
          return;
        case 'response.reasoning_summary_part.added':
          // The parts of a summary are paragraphs, and no delta marks the end of one.
          if (event.summary_index > 0) output.push({ type: 'reasoning', text: '\n\n' });
          return;
        case 'response.refusal.delta':
          refusalText += event.delta;
          return;
        case 'response.output_item.added':
          tool ??= isRecord(event.item) ? toolOf(event.item) : undefined;
          return;
        case 'response.failed':
        case 'response.completed':
        case 'response.incomplete':
          return end(event.type, event.response, output);
        default:
          // About fifty further types repeat what these contain, or were not requested.
          return;
      }
    },
    readWhole(document, output) {
      if (document['object'] !== 'response' && !Array.isArray(document['output'])) return false;
      end('response.completed', document as unknown as ModelResponse, output);
      return true;
    },
    // Only its own events complete an answer of this API.
    done: () => undefined,
    get finishReason() {
      return finishReason;
    },
    get rawFinishReason() {
      return rawFinishReason;
    },
    get usage() {
      return usage;
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

function toolOf(item: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof item['type'] !== 'string' || !item['type'].endsWith('_call')) return undefined;
  return typeof item['name'] === 'string' ? item['name'].slice(0, 80) : item['type'];
}

function refusalIn(content: unknown): string {
  const parts: unknown[] = Array.isArray(content) ? content : [];
  return parts
    .map((part) => (isRecord(part) && typeof part['refusal'] === 'string' ? part['refusal'] : ''))
    .join('');
}

/** Whatever the event's type, a response with one of these statuses is not a complete answer. */
function hasFailed({ type, response }: { readonly type: string; readonly response: ModelResponse }): boolean {
  return type === 'response.failed' || response.status === 'failed' || response.status === 'cancelled';
}

/** Some servers send `response.completed` with the status `incomplete`. */
function finishReasonOf(
  event: { readonly type: string; readonly response: ModelResponse },
  cutBy: string | undefined,
): FinishReason {
  if (event.type === 'response.completed' && event.response.status !== 'incomplete') return 'stop';
  // Without a reason, length is the most likely one, and continuing a complete text does less harm than accepting
  // half of one.
  return typeof cutBy !== 'string' || finishCategoryOf(cutBy) === 'length' ? 'length' : 'other';
}

/** Checked at run time: compatible servers omit fields or deviate from the declared types. */
function usageFrom(response: ModelResponse): Usage | undefined {
  const usage: unknown = response.usage;
  if (!isRecord(usage)) return undefined;
  const detail = (details: unknown, name: string) => (isRecord(details) ? details[name] : undefined);
  return usageOf(
    {
      input: usage['input_tokens'],
      output: usage['output_tokens'],
      reasoning: detail(usage['output_tokens_details'], 'reasoning_tokens'),
      cached: detail(usage['input_tokens_details'], 'cached_tokens'),
      written: detail(usage['input_tokens_details'], 'cache_write_tokens'),
      total: usage['total_tokens'],
    },
    'partial',
  );
}
