import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { FinishReason, Usage } from '@stagewire/shared';

import type { AnswerReader } from './answer-reader.ts';
import { hasText, pushContent, pushReasoning } from './content-parts.ts';
import { isRecord } from './error-body.ts';
import { finishCategoryOf, type FinishCategory } from './finish-reason.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure } from './provider-error.ts';
import type { ProviderEvent, ProviderFailure } from './provider.ts';
import { usageOf } from './usage.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Where servers put reasoning as text, in order of preference. */
const REASONING_FIELDS = [
  'reasoning',
  'reasoning_content',
  'reasoning_text',
  'thinking',
  'cot_summary',
  'reasoning_details',
] as const;

/**
 * Reads the stream of a Chat Completions server. The answer is complete when a `finish_reason` other than `error`
 * was seen, or `[DONE]`, since some gateways never send a reason. Every value is checked at run time: compatible
 * servers deviate from the declared types.
 */
export function createChatReader(context: ErrorContext): AnswerReader<ChatCompletionChunk> {
  let finishReason: FinishReason | undefined;
  let rawFinishReason: string | undefined;
  let usage: Usage | undefined;
  let refusal: ProviderFailure | undefined;
  let refusalText = '';
  let tool: string | undefined;

  const model = `${context.model} of ${context.provider}`;

  function refuse(why: string): void {
    const message = `Model ${model} refused to answer: ${why}`;
    refusal = failure('PROVIDER_REFUSED', message, context, { retryable: false });
  }

  function readUsage(usageFields: unknown, output: ProviderEvent[]): void {
    if (!isRecord(usageFields)) return;
    usage = usageFrom(usageFields);
    output.push({ type: 'usage', usage });
  }

  function readDelta(delta: JsonObject, output: ProviderEvent[]): void {
    const reasoning = REASONING_FIELDS.map((name) => delta[name]).find(hasText);
    pushReasoning(reasoning, output);
    pushContent(delta['content'], output);
    if (typeof delta['refusal'] === 'string') refusalText += delta['refusal'];
    tool ??= toolIn(delta);
  }

  function end(word: string): void {
    const category = finishCategoryOf(word);
    if (category === 'error') {
      const message = `${context.provider} ended the answer of model ${context.model} with an unspecified error (finish reason: ${word}).`;
      throw failure('PROVIDER_UNAVAILABLE', message, context, { retryable: true });
    }
    if (category === 'aborted') {
      const message = `${context.provider} aborted the answer of model ${context.model} (finish reason: ${word}).`;
      throw failure('PROVIDER_TRUNCATED', message, context, { retryable: true });
    }
    if (category === 'filter') refuse(`a content filter ended the answer (finish reason: ${word})`);
    else if (refusalText !== '') refuse(refusalText);
    if (category === 'tool') tool ??= '';
    // OpenRouter repeats it in several chunks.
    finishReason ??= finishReasons[category] ?? 'other';
    rawFinishReason ??= word;
  }

  const reader: AnswerReader<unknown> = {
    read(chunk, output) {
      if (!isRecord(chunk)) return;
      const choices: unknown[] = Array.isArray(chunk['choices']) ? chunk['choices'] : [];
      // The chunk with the usage has no choice, and a second choice is another answer.
      const choice = choices.filter(isRecord).find((one) => (one['index'] ?? 0) === 0);
      const groq = chunk['x_groq'];
      readUsage(chunk['usage'] ?? choice?.['usage'] ?? (isRecord(groq) ? groq['usage'] : undefined), output);
      if (choice === undefined) return;
      const delta = choice['delta'] ?? choice['message'];
      if (isRecord(delta)) readDelta(delta, output);
      else pushContent(choice['text'], output);
      const word = choice['finish_reason'];
      // Some servers send it in every chunk.
      if (typeof word === 'string' && word !== '' && word !== 'null') end(word);
    },
    readWhole(document, output) {
      if (!Array.isArray(document['choices'])) return false;
      reader.read(document, output);
      // A single chunk of a stream is not an answer: without a finish reason it was cut off.
      if (document['object'] !== 'chat.completion.chunk') reader.done();
      return true;
    },
    done() {
      if (finishReason === undefined && refusalText !== '') refuse(refusalText);
      finishReason ??= 'other';
      rawFinishReason ??= 'none';
    },
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

const finishReasons: Partial<Record<FinishCategory, FinishReason>> = { stop: 'stop', length: 'length' };

function toolIn(delta: JsonObject): string | undefined {
  const calls: unknown = delta['tool_calls'];
  const call: unknown = Array.isArray(calls) ? calls[0] : undefined;
  const called = isRecord(call) ? (call['function'] ?? call) : delta['function_call'];
  return isRecord(called) && typeof called['name'] === 'string' && called['name'] !== ''
    ? called['name'].slice(0, 80)
    : undefined;
}

function usageFrom(usageFields: JsonObject): Usage {
  const inputDetails = usageFields['prompt_tokens_details'] ?? usageFields['input_tokens_details'];
  const outputDetails = usageFields['completion_tokens_details'] ?? usageFields['output_tokens_details'];
  const detail = (details: unknown, name: string) => (isRecord(details) ? details[name] : undefined);
  return usageOf(
    {
      input: usageFields['prompt_tokens'] ?? usageFields['input_tokens'],
      output: usageFields['completion_tokens'] ?? usageFields['output_tokens'],
      reasoning: detail(outputDetails, 'reasoning_tokens') ?? usageFields['reasoning_tokens'],
      cached:
        detail(inputDetails, 'cached_tokens') ??
        usageFields['prompt_cache_hit_tokens'] ??
        usageFields['cached_tokens'] ??
        usageFields['cache_read_input_tokens'],
      written: usageFields['cache_creation_input_tokens'] ?? detail(inputDetails, 'cache_write_tokens'),
      total: usageFields['total_tokens'],
    },
    'partial',
  );
}
