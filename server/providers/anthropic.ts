import Anthropic from '@anthropic-ai/sdk';
import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages';

import { createMessagesReader } from './messages-reader.ts';
import { refuseLeakingHeaders } from './leaking-headers.ts';
import type { ProviderRequest } from './provider.ts';
import type { RemoteOptions, RemoteProvider } from './remote-provider.ts';
import { remoteDefaults } from './remote-provider.ts';
import type { RequestShape } from './request-ladder.ts';
import { jsonInWords } from './request-ladder.ts';
import { createWire } from './wire.ts';
import { createWiredProvider } from './wired-provider.ts';

export interface AnthropicOptions extends RemoteOptions {
  readonly apiKey: string;
  /** Without `/v1`. @default https://api.anthropic.com */
  readonly baseUrl: string;
  /**
   * Tokens that thinking and text together may take. The API wants a number and refuses one above the model's
   * own; every Claude model since 4 allows this many. @default 32_000
   */
  readonly maxTokens?: number;
}

/**
 * Anthropic's Messages API. Thinking is asked for, and comes as reasoning in Anthropic's summary of it; a model
 * that refuses to be asked is asked without.
 *
 * @throws Error if the key is empty or the environment would leak headers.
 */
export function createAnthropicProvider(options: AnthropicOptions): RemoteProvider {
  const { apiKey, baseUrl, maxTokens = 32_000 } = options;
  const { headersTimeoutMs } = { ...remoteDefaults, ...options };
  if (apiKey.trim() === '') throw new Error('The Anthropic provider needs a key that is not empty.');
  refuseLeakingHeaders(process.env, [{ sdk: 'anthropic', baseUrl }]);
  const wire = createWire({ baseUrl, headersTimeoutMs });
  const client = new Anthropic({
    apiKey,
    authToken: null,
    webhookKey: null,
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: headersTimeoutMs,
    logLevel: 'off',
    fetch: wire.fetch,
    fetchOptions: wire.untapped,
  });
  return createWiredProvider({
    label: 'Anthropic',
    remote: options,
    apiKey,
    wire,
    ladder: { forms: ['json_schema', 'plain'], reasoning: true },
    send: (request, shape, callOptions) =>
      client.messages.create(bodyOf(request, shape, maxTokens), callOptions).withResponse(),
    createReader: createMessagesReader,
    pages: (signal) => client.models.list({ limit: 1000 }, { signal }),
  });
}

function bodyOf(
  request: ProviderRequest,
  shape: RequestShape,
  maxTokens: number,
): MessageCreateParamsStreaming {
  const { model, system, messages, json } = request;
  const words = json !== undefined && shape.json === 'plain' ? jsonInWords(json) : '';
  return {
    model,
    max_tokens: maxTokens,
    stream: true,
    ...(system === '' ? {} : { system }),
    messages: messages.map(({ role, text }, index) => ({
      role,
      content: index === messages.length - 1 ? text + words : text,
    })),
    // Without `summarized` newer models think in silence.
    ...(shape.reasoning ? { thinking: { type: 'adaptive', display: 'summarized' } } : {}),
    ...(json !== undefined && shape.json === 'json_schema'
      ? { output_config: { format: { type: 'json_schema', schema: { ...json.schema } } } }
      : {}),
  };
}
