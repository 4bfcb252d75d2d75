import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { createAnthropicProvider } from '../../server/providers/anthropic.ts';
import { createOpenAiCompatibleProvider } from '../../server/providers/openai-compatible.ts';
import { createOpenAiProvider } from '../../server/providers/openai.ts';
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

interface Outcome {
  readonly text: string;
  readonly reasoning: string;
  readonly outcome: string;
  readonly usage: object | undefined;
}

async function replay(
  path: string,
  cuts: readonly number[],
): Promise<{ readonly actual: Outcome; readonly expected: Outcome }> {
  const expected = JSON.parse(
    readFileSync(new URL(path.replace(/\.sse$/, '.expected.json'), folder), 'utf8'),
  ) as Expected;
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
  const beside = api === 'anth' ? number(usage['cache_creation_input_tokens']) + number(cached) : 0;
  return {
    inputTokens: number(usage[`${side[0]}_tokens`]) + beside,
    outputTokens: number(usage[`${side[1]}_tokens`]),
    reasoningTokens: number(details(`${side[1]}_tokens_details`)['reasoning_tokens']),
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    source: 'final',
  };
}
