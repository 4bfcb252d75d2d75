import Anthropic from '@anthropic-ai/sdk';
import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages';

import { systemClock } from '../runtime/clock.ts';
import { streamAnswer } from './answer.ts';
import { createMessagesReader } from './messages-reader.ts';
import { refuseLeakingHeaders } from './leaking-headers.ts';
import { listModels } from './list-models.ts';
import type { ProviderRequest } from './provider.ts';
import type { RemoteOptions, RemoteProvider } from './remote-provider.ts';
import { remoteDefaults } from './remote-provider.ts';
import type { RequestShape } from './request-ladder.ts';
import { createRequestLadder, jsonInWords } from './request-ladder.ts';
import { createWire } from './wire.ts';

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
  const { apiKey, baseUrl, maxTokens = 32_000, clock = systemClock } = options;
  const { headersTimeoutMs, trailerTimeoutMs } = { ...remoteDefaults, ...options };
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
  const ladder = createRequestLadder({ forms: ['json_schema', 'plain'], reasoning: true });
  const context = { provider: 'Anthropic', baseUrl, apiKey, now: () => clock.now() };
  const close = () => wire.close();

  return {
    stream(request, call) {
      const { model, json } = request;
      const callContext = { ...context, model };
      const callOptions = { signal: call.signal, fetchOptions: wire.tapped(call) };
      return streamAnswer({
        open: () =>
          ladder.send(model, json !== undefined, (shape) =>
            client.messages.create(bodyOf(request, shape, maxTokens), callOptions).withResponse(),
          ),
        reader: createMessagesReader(callContext),
        call,
        context: callContext,
        clock,
        trailerTimeoutMs,
      });
    },
    listModels: (listOptions) =>
      listModels(
        { pages: (signal) => client.models.list({ limit: 1000 }, { signal }), context, clock },
        listOptions,
      ),
    close,
    [Symbol.asyncDispose]: close,
  };
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
