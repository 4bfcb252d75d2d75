import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';

import { createChatReader } from './chat-reader.ts';
import { createOpenAiClient } from './openai-client.ts';
import type { ProviderRequest } from './provider.ts';
import type { RemoteOptions, RemoteProvider } from './remote-provider.ts';
import { remoteDefaults } from './remote-provider.ts';
import type { RequestShape } from './request-ladder.ts';
import { jsonInWords } from './request-ladder.ts';
import { createWire } from './wire.ts';
import { createWiredProvider } from './wired-provider.ts';

export type CompatibleName = 'openrouter' | 'ollama' | 'compatible';

export interface OpenAiCompatibleOptions extends RemoteOptions {
  readonly name: CompatibleName;
  /** Empty or absent for a server that wants none: a word that is no secret is sent then. */
  readonly apiKey?: string;
  /** With `/v1`: https://openrouter.ai/api/v1, http://127.0.0.1:11434/v1. */
  readonly baseUrl: string;
  /** Tokens that an answer may take, as `max_tokens`. @default the server's own limit */
  readonly maxTokens?: number;
}

const labels = { openrouter: 'OpenRouter', ollama: 'Ollama', compatible: 'The compatible server' } as const;

/** Sent where no key is configured: with an empty one, the SDK would take OPENAI_API_KEY. */
const NO_KEY = 'none';

/**
 * Any server that speaks Chat Completions: OpenRouter, Ollama, vLLM, llama.cpp, LM Studio.
 *
 * @throws Error if the environment would leak headers.
 */
export function createOpenAiCompatibleProvider(options: OpenAiCompatibleOptions): RemoteProvider {
  const { name, baseUrl, maxTokens } = options;
  const { headersTimeoutMs } = { ...remoteDefaults, ...options };
  const apiKey = options.apiKey?.trim() ?? '';
  const wire = createWire({ baseUrl, headersTimeoutMs });
  const client = createOpenAiClient({ apiKey: apiKey || NO_KEY, baseUrl, headersTimeoutMs, wire });
  return createWiredProvider({
    label: labels[name],
    remote: options,
    apiKey,
    wire,
    ladder: { forms: ['json_schema', 'json_object', 'plain'], reasoning: false },
    send: (request, shape, callOptions) =>
      client.chat.completions.create(bodyOf(request, shape, { name, maxTokens }), callOptions).withResponse(),
    createReader: createChatReader,
    pages: (signal) => client.models.list({ signal }),
  });
}

/** OpenRouter's own field beside those of the API. */
interface OpenRouterFields {
  readonly provider?: { readonly require_parameters: true };
}

function bodyOf(
  request: ProviderRequest,
  shape: RequestShape,
  { name, maxTokens }: { name: CompatibleName; maxTokens: number | undefined },
): ChatCompletionCreateParamsStreaming & OpenRouterFields {
  const { model, system, messages, json } = request;
  const inWords = json !== undefined && shape.json !== 'json_schema';
  const words = inWords ? jsonInWords(json) : '';
  const format = responseFormatOf(json, shape);
  return {
    model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
      ...messages.map(({ role, text }, index) => ({
        role,
        content: index === messages.length - 1 ? text + words : text,
      })),
    ],
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...format,
    // Else it may choose an upstream that drops the format without a word.
    ...(name === 'openrouter' && 'response_format' in format
      ? { provider: { require_parameters: true } }
      : {}),
  };
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
