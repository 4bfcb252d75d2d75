import { systemClock } from '../runtime/clock.ts';
import { chatBodyOf, chatOptions } from './chat-request.ts';
import { createChatReader } from './chat-reader.ts';
import { createOpenAiClient } from './openai-client.ts';
import type { RemoteOptions, RemoteProvider } from './remote-provider.ts';
import { remoteDefaults } from './remote-provider.ts';
import { createHttpTransport } from './http-transport.ts';
import { createSdkProvider } from './sdk-provider.ts';

export type CompatibleName = 'openrouter' | 'ollama' | 'compatible';

export interface OpenAiCompatibleOptions extends RemoteOptions {
  readonly name: CompatibleName;
  /** Empty or absent for a server without authentication: a placeholder is sent then. */
  readonly apiKey?: string;
  /** With `/v1`: https://openrouter.ai/api/v1, http://127.0.0.1:11434/v1. A query is sent with every request. */
  readonly baseUrl: string;
  /** Maximum tokens of an answer, sent as `max_tokens`. @default the server's own limit */
  readonly maxOutputTokens?: number;
}

const labels = { openrouter: 'OpenRouter', ollama: 'Ollama', compatible: 'The compatible server' } as const;

/** Sent where no key is configured: with an empty key the SDK would use OPENAI_API_KEY. */
const NO_KEY = 'none';

/**
 * Any server that implements Chat Completions: OpenRouter, Ollama, vLLM, llama.cpp, LM Studio.
 *
 * @throws Error if the environment would leak headers.
 */
export function createOpenAiCompatibleProvider(options: OpenAiCompatibleOptions): RemoteProvider {
  const { name, baseUrl, clock = systemClock, headers = {} } = options;
  const { headersTimeoutMs } = { ...remoteDefaults, ...options };
  const apiKey = options.apiKey?.trim() ?? '';
  const transport = createHttpTransport({ baseUrl, headersTimeoutMs, clock, headers });
  const client = createOpenAiClient({ apiKey: apiKey || NO_KEY, baseUrl, headersTimeoutMs, transport });
  const flavour = name === 'openrouter' ? 'openrouter' : 'other';
  return createSdkProvider({
    label: labels[name],
    variable: `${name.toUpperCase()}_BASE_URL`,
    remote: options,
    apiKey,
    transport,
    fallback: { forms: ['json_schema', 'json_object', 'plain'], reasoning: false, options: chatOptions },
    send: async (request, shape, callOptions) => ({
      response: await client.chat.completions
        .create(chatBodyOf(request, shape, flavour), callOptions)
        .asResponse(),
      createReader: createChatReader,
    }),
    page: (callOptions) => client.get('/models', callOptions).asResponse(),
    ...(name === 'ollama' ? { windowVariable: 'OLLAMA_CONTEXT_LENGTH' } : {}),
  });
}
