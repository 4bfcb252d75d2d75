import Anthropic from '@anthropic-ai/sdk';
import type {
  MessageCreateParamsStreaming,
  MessageParam,
  TextBlockParam,
} from '@anthropic-ai/sdk/resources/messages';

import { systemClock } from '../runtime/clock.ts';
import { createMessagesReader } from './messages-reader.ts';
import { refuseLeakingHeaders } from './leaking-headers.ts';
import type { ProviderRequest } from './provider.ts';
import type { RemoteOptions, RemoteProvider } from './remote-provider.ts';
import { remoteDefaults } from './remote-provider.ts';
import type { RequestShape } from './capability-fallback.ts';
import { textsOf } from './request-text.ts';
import { createHttpTransport } from './http-transport.ts';
import { createSdkProvider } from './sdk-provider.ts';

export interface AnthropicOptions extends RemoteOptions {
  readonly apiKey: string;
  /** Without `/v1`. @default https://api.anthropic.com */
  readonly baseUrl: string;
  /**
   * Tokens for thinking and text together. The API requires a value and rejects one above the model's limit.
   *
   * @default the limit in the provider's list of models; before that was read 32_000, and less if the API rejects
   * that
   */
  readonly maxOutputTokens?: number;
}

/** Every Claude model since 4 supports this many. */
const DEFAULT_MAX_OUTPUT_TOKENS = 32_000;

/**
 * Anthropic's Messages API. Requests thinking, which arrives as reasoning in Anthropic's summary. A model without
 * adaptive thinking gets a thinking budget; one that rejects thinking is called without it.
 *
 * @throws Error if the key is empty or the environment would leak headers.
 */
export function createAnthropicProvider(options: AnthropicOptions): RemoteProvider {
  const { apiKey, baseUrl, clock = systemClock, headers = {} } = options;
  const { headersTimeoutMs } = { ...remoteDefaults, ...options };
  if (apiKey.trim() === '') throw new Error('The Anthropic API key is empty.');
  refuseLeakingHeaders(process.env, [{ sdk: 'anthropic', baseUrl }]);
  const transport = createHttpTransport({ baseUrl, headersTimeoutMs, clock, headers });
  const client = new Anthropic({
    apiKey,
    authToken: null,
    webhookKey: null,
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: headersTimeoutMs,
    logLevel: 'off',
    fetch: transport.fetch,
    fetchOptions: transport.uninstrumented,
  });
  return createSdkProvider({
    label: 'Anthropic',
    variable: 'ANTHROPIC_BASE_URL',
    remote: options,
    apiKey,
    transport,
    fallback: {
      forms: ['json_schema', 'plain'],
      reasoning: true,
      options: ['effort', 'adaptive', 'system', 'cache_control'],
    },
    defaultMaxOutputTokens: DEFAULT_MAX_OUTPUT_TOKENS,
    send: async (request, shape, callOptions) => ({
      response: await client.messages.create(bodyOf(request, shape), callOptions).asResponse(),
      createReader: createMessagesReader,
    }),
    page: (callOptions, after) =>
      client
        .get('/v1/models', {
          ...callOptions,
          query: { limit: 1000, ...(after === undefined ? {} : { after_id: after }) },
        })
        .asResponse(),
  });
}

function bodyOf(request: ProviderRequest, shape: RequestShape): MessageCreateParamsStreaming {
  const { model, json, effort } = request;
  const { system, messages } = textsOf(request, shape);
  const { without, maxOutputTokens = DEFAULT_MAX_OUTPUT_TOKENS } = shape;
  const config = {
    ...(effort === undefined || without.has('effort') ? {} : { effort }),
    ...(json !== undefined && shape.json === 'json_schema'
      ? { format: { type: 'json_schema' as const, schema: { ...json.schema } } }
      : {}),
  };
  return {
    model,
    max_tokens: maxOutputTokens,
    stream: true,
    ...(system === '' ? {} : { system }),
    messages: without.has('cache_control')
      ? messages.map(({ role, text }) => ({ role, content: text }))
      : cachedMessages(messages),
    ...thinkingOf(request, shape, maxOutputTokens),
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
  };
}

/** Thinking budgets in tokens for models without adaptive thinking. */
const budgets = { low: 2_048, medium: 8_192, high: 16_384 } as const;
const MIN_BUDGET = 1_024;

function thinkingOf(
  { effort = 'medium' }: ProviderRequest,
  { reasoning, without }: RequestShape,
  maxOutputTokens: number,
): Pick<MessageCreateParamsStreaming, 'thinking'> {
  if (!reasoning) return {};
  // Without `summarized` newer models return no thinking.
  if (!without.has('adaptive')) return { thinking: { type: 'adaptive', display: 'summarized' } };
  const budget = Math.min(budgets[effort], Math.floor(maxOutputTokens / 2));
  return budget < MIN_BUDGET ? {} : { thinking: { type: 'enabled', budget_tokens: budget } };
}

/** The API's maximum. The last breakpoints cover the most text. */
const MAX_BREAKPOINTS = 4;

function cachedMessages(messages: ProviderRequest['messages']): MessageParam[] {
  const ends = messages.flatMap(({ cacheEnds = [] }, index) => cacheEnds.map((end) => ({ index, end })));
  const kept = ends.slice(-MAX_BREAKPOINTS);
  return messages.map(({ role, text }, index) => {
    const blocks = blocksOf(
      text,
      kept.filter((one) => one.index === index).map((one) => one.end),
    );
    return { role, content: blocks ?? text };
  });
}

/** Splits the text into blocks that end at cache breakpoints; `undefined` if there is no usable breakpoint. */
function blocksOf(text: string, ends: readonly number[]): TextBlockParam[] | undefined {
  const blocks: TextBlockParam[] = [];
  let from = 0;
  for (const end of ends) {
    const piece = text.slice(from, end);
    // The API rejects a block without a visible character.
    if (end <= from || end > text.length || piece.trim() === '') continue;
    blocks.push({ type: 'text', text: piece, cache_control: { type: 'ephemeral' } });
    from = end;
  }
  const last = blocks.at(-1);
  if (last === undefined) return undefined;
  const rest = text.slice(from);
  if (rest.trim() !== '') blocks.push({ type: 'text', text: rest });
  else if (rest !== '') blocks[blocks.length - 1] = { ...last, text: last.text + rest };
  return blocks;
}
