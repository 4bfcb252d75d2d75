import type { ResponseCreateParamsStreaming } from 'openai/resources/responses/responses';

import { createOpenAiClient } from './openai-client.ts';
import type { ProviderRequest } from './provider.ts';
import type { RemoteOptions, RemoteProvider } from './remote-provider.ts';
import { remoteDefaults } from './remote-provider.ts';
import type { RequestShape } from './request-ladder.ts';
import { jsonInWords } from './request-ladder.ts';
import { createResponsesReader } from './responses-reader.ts';
import { createWire } from './wire.ts';
import { createWiredProvider } from './wired-provider.ts';

export interface OpenAiOptions extends RemoteOptions {
  readonly apiKey: string;
  /** With `/v1`: https://api.openai.com/v1, or another server that speaks the Responses API. */
  readonly baseUrl: string;
  /** Tokens that reasoning and text together may take. @default the model's own limit */
  readonly maxTokens?: number;
}

/**
 * OpenAI's Responses API. Nothing is stored there. A summary of the reasoning is asked for; a model that refuses
 * to be asked is asked without.
 *
 * @throws Error if the key is empty or the environment would leak headers.
 */
export function createOpenAiProvider(options: OpenAiOptions): RemoteProvider {
  const { apiKey, baseUrl, maxTokens } = options;
  const { headersTimeoutMs } = { ...remoteDefaults, ...options };
  const wire = createWire({ baseUrl, headersTimeoutMs });
  const client = createOpenAiClient({ apiKey, baseUrl, headersTimeoutMs, wire });
  return createWiredProvider({
    label: 'OpenAI',
    remote: options,
    apiKey,
    wire,
    ladder: { forms: ['json_schema', 'json_object', 'plain'], reasoning: true },
    send: (request, shape, callOptions) =>
      client.responses.create(bodyOf(request, shape, maxTokens), callOptions).withResponse(),
    createReader: createResponsesReader,
    pages: (signal) => client.models.list({ signal }),
  });
}

function bodyOf(
  request: ProviderRequest,
  shape: RequestShape,
  maxTokens: number | undefined,
): ResponseCreateParamsStreaming {
  const { model, system, messages, json } = request;
  const inWords = json !== undefined && shape.json !== 'json_schema';
  const words = inWords ? jsonInWords(json) : '';
  return {
    model,
    stream: true,
    store: false,
    // Padding against eavesdroppers who time tokens; TLS peers of a server do not need it, and it is bytes.
    stream_options: { include_obfuscation: false },
    ...(system === '' ? {} : { instructions: system }),
    input: messages.map(({ role, text }, index) => ({
      role,
      content: index === messages.length - 1 ? text + words : text,
    })),
    ...(shape.reasoning ? { reasoning: { summary: 'auto' } } : {}),
    ...(maxTokens === undefined ? {} : { max_output_tokens: maxTokens }),
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
