import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Usage } from '@stagewire/shared';
import { describe, expect, onTestFinished, test } from 'vitest';

import { createAnthropicProvider } from '../../server/providers/anthropic.ts';
import { createOpenAiCompatibleProvider } from '../../server/providers/openai-compatible.ts';
import { createOpenAiProvider } from '../../server/providers/openai.ts';
import { costOf } from '../../server/providers/price-list.ts';
import type { RemoteProvider } from '../../server/providers/remote-provider.ts';
import type { CollectedAnswer } from '../support/collect-answer.ts';
import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import type { ProviderWire } from '../support/provider-script.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { createSeededRandom } from '../../server/providers/seeded-random.ts';

/** Recorded real streams, beside the checkout; they are not ours to carry in it. */
const folder = new URL('../../../shared/fixtures/', import.meta.url);
const found = existsSync(folder);
if (!found) console.warn(`Skipped: there are no recorded streams in ${fileURLToPath(folder)}`);

interface Expected {
  readonly api: 'chat' | 'resp' | 'anth';
  readonly text: string;
  readonly reasoning: string;
  readonly stop: string | null;
  readonly sdkError: string | null;
  readonly usage: Readonly<Record<string, unknown>> | null;
}

const apis = {
  chat: {
    wire: 'chat',
    create: (options: { baseUrl: string; apiKey: string }) =>
      createOpenAiCompatibleProvider({ name: 'compatible', ...options }),
  },
  resp: { wire: 'responses', create: createOpenAiProvider },
  anth: { wire: 'messages', create: createAnthropicProvider },
} as const satisfies Record<
  Expected['api'],
  { wire: ProviderWire; create: (options: { baseUrl: string; apiKey: string }) => RemoteProvider }
>;

const fixtures = found
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.sse'))
      .toSorted()
  : [];

/** How often each stream is cut anew. */
const CUTS = 3;

test.skipIf(!found)('the recorded streams are all there', () => {
  expect(fixtures.length).toBeGreaterThanOrEqual(19);
});

describe.skipIf(!found)('a recorded stream comes out right', () => {
  test.for(fixtures)('%s, whole', async (path) => {
    const { actual, expected } = await replay(path, []);
    expect(actual).toEqual(expected);
  });

  test.for(
    fixtures.flatMap((path) => Array.from({ length: CUTS }, (_, index) => [path, index + 1] as const)),
  )('%s, cut at random bytes (seed %i)', async ([path, seed]) => {
    const random = createSeededRandom(seed);
    const { length } = readFileSync(new URL(path, folder));
    const cuts = Array.from({ length: 40 }, () => Math.floor(random() * length));
    const { actual, expected } = await replay(
      path,
      cuts.toSorted((a, b) => a - b),
    );
    expect(actual).toEqual(expected);
  });
});

/** Recorded streams whose provider says what the answer cost, and how much of it was for the prompt. */
const costed = fixtures.filter((path) => typeof expectedOf(path).usage?.['cost'] === 'number');

describe.skipIf(!found)(
  'a recorded answer costs what its provider said, at the prices of the same answer',
  () => {
    test('there are some', () => {
      expect(costed.length).toBeGreaterThanOrEqual(3);
    });

    test.for(costed)('%s', async (path) => {
      const { actual, expected } = await replay(path, []);
      const { usage } = expectedOf(path);
      const parts = usage?.['cost_details'] as Readonly<Record<string, number>>;
      const partOf = (...names: string[]) =>
        names.map((name) => parts[`upstream_inference_${name}_cost`]).find((part) => part !== undefined) ?? 0;
      const { inputTokens, outputTokens } = expected.usage as Usage;
      /** What one token cost, in 10^-12. */
      const price = (part: number, tokens: number) => BigInt(Math.round((part * 1e12) / tokens));
      const input = price(partOf('prompt', 'input'), inputTokens);
      const output = price(partOf('completions', 'output'), outputTokens);
      const models = new Map([['openrouter/m', { input, cachedInput: input, output }]]);
      const cost = costOf(
        { date: '2026-11-22', currency: 'USD', models },
        'openrouter/m',
        actual.usage as Usage,
      );
      expect(Number(cost?.amount)).toBe(usage?.['cost']);
      expect(cost).not.toHaveProperty('estimated');
    });
  },
);

interface Outcome {
  readonly text: string;
  readonly reasoning: string;
  readonly outcome: string;
  readonly usage: object | undefined;
}

function expectedOf(path: string): Expected {
  return JSON.parse(
    readFileSync(new URL(path.replace(/\.sse$/, '.expected.json'), folder), 'utf8'),
  ) as Expected;
}

async function replay(
  path: string,
  cuts: readonly number[],
): Promise<{ readonly actual: Outcome; readonly expected: Outcome }> {
  const expected = expectedOf(path);
  const { wire, create } = apis[expected.api];
  const server = await createProviderServer();
  const provider = create({ baseUrl: server.baseUrl(wire), apiKey: 'sk-test-0123456789' });
  onTestFinished(async () => {
    await provider.close();
    await server[Symbol.asyncDispose]();
  });
  server.enqueue({ fault: { kind: 'raw', body: readFileSync(new URL(path, folder)), cuts } });

  const answer = await collectAnswer(provider, requestFor('replay'));
  const { text, reasoning, usage } = answer;
  return {
    actual: { text, reasoning, outcome: outcomeOf(answer), usage },
    expected: {
      text: expected.text,
      reasoning: expected.reasoning,
      outcome: expectedOutcome(expected),
      usage: expectedUsage(expected),
    },
  };
}

function outcomeOf({ finishReason, failure }: CollectedAnswer): string {
  return finishReason ?? `${failure?.code}${failure?.retryable === true ? ' (retryable)' : ''}`;
}

/** The two that throw say `invalid_request_error` and `insufficient_quota`: neither is worth another try. */
function expectedOutcome({ sdkError, stop, text }: Expected): string {
  if (sdkError !== null) return 'PROVIDER_REFUSED';
  // No text is no answer: these called tools, which nobody offered.
  if (text === '') return 'OUTPUT_INVALID (retryable)';
  if (stop === 'end_turn' || stop === 'stop' || stop === 'response.completed') return 'stop';
  return stop === 'max_tokens' || stop === 'length' ? 'length' : 'other';
}

/** The expected file has the numbers under their API's own names. */
function expectedUsage({ api, usage }: Expected): object | undefined {
  if (usage === null) return undefined;
  const number = (value: unknown) => (typeof value === 'number' ? value : 0);
  const details = (name: string) => (usage[name] ?? {}) as Readonly<Record<string, unknown>>;
  const side = api === 'chat' ? ['prompt', 'completion'] : ['input', 'output'];
  const cached =
    api === 'anth' ? usage['cache_read_input_tokens'] : details(`${side[0]}_tokens_details`)['cached_tokens'];
  const written = number(
    api === 'anth'
      ? usage['cache_creation_input_tokens']
      : details(`${side[0]}_tokens_details`)['cache_write_tokens'],
  );
  const beside = api === 'anth' ? written + number(cached) : 0;
  return {
    inputTokens: number(usage[`${side[0]}_tokens`]) + beside,
    outputTokens: number(usage[`${side[1]}_tokens`]),
    reasoningTokens: number(details(`${side[1]}_tokens_details`)['reasoning_tokens']),
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(written === 0 ? {} : { cacheWriteInputTokens: written }),
    source: 'final',
  };
}
