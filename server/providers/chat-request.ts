import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';

import type { ProviderRequest } from './provider.ts';
import type { RequestShape } from './capability-fallback.ts';
import type { RequestOption } from './request-options.ts';
import { textsOf } from './request-text.ts';

/** Options of this API's requests that a server may reject. */
export const chatOptions: readonly RequestOption[] = [
  'stream_options',
  'effort',
  'system',
  'prompt_cache_key',
  'max_tokens',
  'max_completion_tokens',
];

/** Whose extensions of the API are sent. */
export type ChatFlavour = 'openai' | 'openrouter' | 'other';

/** OpenRouter's extensions of the API. */
interface OpenRouterFields {
  readonly provider?: { readonly require_parameters: true };
  readonly reasoning?: { readonly effort: string };
}

export type ChatBody = ChatCompletionCreateParamsStreaming & OpenRouterFields;

/** The body of a Chat Completions request in a shape. */
export function chatBodyOf(request: ProviderRequest, shape: RequestShape, flavour: ChatFlavour): ChatBody {
  const { model, json, effort, cacheKey } = request;
  const { system, messages } = textsOf(request, shape);
  const { without } = shape;
  const format = responseFormatOf(json, shape);
  return {
    model,
    stream: true,
    ...(without.has('stream_options') ? {} : { stream_options: { include_usage: true } }),
    messages: [
      ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
      ...messages.map(({ role, text }) => ({ role, content: text })),
    ],
    ...limitOf(shape),
    ...(effort === undefined || without.has('effort') ? {} : effortOf(effort, flavour)),
    ...(flavour === 'openai' && cacheKey !== undefined && !without.has('prompt_cache_key')
      ? { prompt_cache_key: cacheKey.slice(0, 64) }
      : {}),
    ...format,
    // Otherwise it may choose an upstream that silently ignores the format.
    ...(flavour === 'openrouter' && 'response_format' in format
      ? { provider: { require_parameters: true } }
      : {}),
  };
}

function limitOf({
  maxOutputTokens,
  without,
}: RequestShape): Pick<ChatCompletionCreateParamsStreaming, 'max_tokens' | 'max_completion_tokens'> {
  if (maxOutputTokens === undefined) return {};
  if (!without.has('max_tokens')) return { max_tokens: maxOutputTokens };
  return without.has('max_completion_tokens') ? {} : { max_completion_tokens: maxOutputTokens };
}

function effortOf(
  effort: NonNullable<ProviderRequest['effort']>,
  flavour: ChatFlavour,
): Pick<ChatBody, 'reasoning' | 'reasoning_effort'> {
  return flavour === 'openrouter' ? { reasoning: { effort } } : { reasoning_effort: effort };
}

function responseFormatOf(
  json: ProviderRequest['json'],
  shape: RequestShape,
): Pick<ChatCompletionCreateParamsStreaming, 'response_format'> {
  if (json === undefined || shape.json === 'plain') return {};
  if (shape.json === 'json_object') return { response_format: { type: 'json_object' } };
  const { name, schema } = json;
  return {
    response_format: { type: 'json_schema', json_schema: { name, strict: true, schema: { ...schema } } },
  };
}
