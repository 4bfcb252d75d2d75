import type { ResponseCreateParamsStreaming } from 'openai/resources/responses/responses';

import { systemClock } from '../runtime/clock.ts';
import { chatBodyOf, chatOptions } from './chat-request.ts';
import { createChatReader } from './chat-reader.ts';
import { isUnknownModel } from './classify-error.ts';
import { statusErrorIn } from './http-status-error.ts';
import { createOpenAiClient } from './openai-client.ts';
import type { ProviderRequest } from './provider.ts';
import type { RemoteOptions, RemoteProvider } from './remote-provider.ts';
import { remoteDefaults } from './remote-provider.ts';
import type { RequestShape } from './capability-fallback.ts';
import { textsOf } from './request-text.ts';
import { createResponsesReader } from './responses-reader.ts';
import { createHttpTransport } from './http-transport.ts';
import { createSdkProvider, type SdkCallOptions, type SentRequest } from './sdk-provider.ts';

export interface OpenAiOptions extends RemoteOptions {
  readonly apiKey: string;
  /** With `/v1`: https://api.openai.com/v1, or another server that implements the Responses API. */
  readonly baseUrl: string;
  /** Maximum tokens of reasoning and text together. @default the model's own limit */
  readonly maxOutputTokens?: number;
}

/**
 * OpenAI's Responses API, without storage there. Requests a summary of the reasoning; a model that rejects this is
 * called without it. A server other than OpenAI's that has no Responses API is called through Chat Completions,
 * from then on directly.
 *
 * @throws Error if the key is empty or the environment would leak headers.
 */
export function createOpenAiProvider(options: OpenAiOptions): RemoteProvider {
  const { apiKey, baseUrl, clock = systemClock, headers = {} } = options;
  const { headersTimeoutMs } = { ...remoteDefaults, ...options };
  const transport = createHttpTransport({ baseUrl, headersTimeoutMs, clock, headers });
  const client = createOpenAiClient({ apiKey, baseUrl, headersTimeoutMs, transport });
  const home = isOpenAi(baseUrl);
  let chatOnly = false;

  async function byChat(request: ProviderRequest, shape: RequestShape, callOptions: SdkCallOptions) {
    const body = chatBodyOf(request, shape, 'openai');
    const response = await client.chat.completions.create(body, callOptions).asResponse();
    return { response, createReader: createChatReader };
  }

  async function byResponses(
    request: ProviderRequest,
    shape: RequestShape,
    callOptions: SdkCallOptions,
  ): Promise<SentRequest> {
    const response = await client.responses.create(bodyOf(request, shape), callOptions).asResponse();
    return { response, createReader: createResponsesReader };
  }

  return createSdkProvider({
    label: 'OpenAI',
    variable: 'OPENAI_BASE_URL',
    remote: options,
    apiKey,
    transport,
    fallback: {
      forms: ['json_schema', 'json_object', 'plain'],
      reasoning: true,
      options: [...new Set(['include_obfuscation' as const, 'store' as const, ...chatOptions])],
    },
    async send(request, shape, callOptions) {
      if (chatOnly) return byChat(request, shape, callOptions);
      try {
        return await byResponses(request, shape, callOptions);
      } catch (error) {
        if (home || !isMissing(error)) throw error;
        const sent = await byChat(request, shape, callOptions).catch((chatError: unknown) => {
          // The error is not about a missing path, so the server implements this API.
          chatOnly = statusErrorIn(chatError) !== undefined && !isMissing(chatError);
          throw chatError;
        });
        chatOnly = true;
        return sent;
      }
    },
    page: (callOptions) => client.get('/models', callOptions).asResponse(),
  });
}

function isOpenAi(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === 'openai.com' || hostname.endsWith('.openai.com');
}

/** The server does not have the path of the Responses API. */
function isMissing(error: unknown): boolean {
  const refusal = statusErrorIn(error);
  if (refusal === undefined) return false;
  return [404, 405, 501].includes(refusal.status) && !isUnknownModel(refusal.text);
}

function bodyOf(request: ProviderRequest, shape: RequestShape): ResponseCreateParamsStreaming {
  const { model, json, effort, cacheKey } = request;
  const { system, messages } = textsOf(request, shape);
  const { without, maxOutputTokens } = shape;
  const reasoning = {
    ...(shape.reasoning ? { summary: 'auto' as const } : {}),
    ...(effort === undefined || without.has('effort') ? {} : { effort }),
  };
  return {
    model,
    stream: true,
    ...(without.has('store') ? {} : { store: false }),
    // Padding against timing attacks on tokens. Between a server and its provider it only costs bytes.
    ...(without.has('stream_options') || without.has('include_obfuscation')
      ? {}
      : { stream_options: { include_obfuscation: false } }),
    ...(system === '' ? {} : { instructions: system }),
    input: messages.map(({ role, text }) => ({ role, content: text })),
    ...(Object.keys(reasoning).length === 0 ? {} : { reasoning }),
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
    ...(cacheKey === undefined || without.has('prompt_cache_key')
      ? {}
      : { prompt_cache_key: cacheKey.slice(0, 64) }),
    ...textFormatOf(json, shape),
  };
}

function textFormatOf(
  json: ProviderRequest['json'],
  shape: RequestShape,
): Pick<ResponseCreateParamsStreaming, 'text'> {
  if (json === undefined || shape.json === 'plain') return {};
  if (shape.json === 'json_object') return { text: { format: { type: 'json_object' } } };
  const { name, schema } = json;
  return { text: { format: { type: 'json_schema', name, strict: true, schema: { ...schema } } } };
}
