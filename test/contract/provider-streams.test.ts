import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { createAnthropicProvider } from '../../server/providers/anthropic.ts';
import { createOpenAiCompatibleProvider } from '../../server/providers/openai-compatible.ts';
import { createOpenAiProvider } from '../../server/providers/openai.ts';
import type { RemoteProvider } from '../../server/providers/remote-provider.ts';
import { createSeededRandom } from '../../server/providers/seeded-random.ts';
import { collectAnswer, requestFor, type CollectedAnswer } from '../support/collect-answer.ts';
import type { ProviderWire } from '../support/provider-script.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { readPieces } from '../support/read-body.ts';

/** Streams that came out wrong once, beside the checkout; the recorded ones are not ours to carry in it. */
const folder = new URL('../../../shared/cases/streams/', import.meta.url);
const found = existsSync(folder);
if (!found) console.warn(`Skipped: there are no streams in ${fileURLToPath(folder)}`);

type Name = 'compatible' | 'openrouter' | 'openai' | 'anthropic';

interface Case {
  readonly name: Name;
  readonly right: object;
  /** Characters of reasoning, where the words do not matter. */
  readonly reasoningChars?: number;
  readonly message?: RegExp;
}

const usage = (inputTokens: number, outputTokens: number, reasoningTokens = 0) => ({
  inputTokens,
  outputTokens,
  reasoningTokens,
  source: 'final',
});
const failed = (code: string, retryable: boolean, reason?: string) => ({
  finishReason: undefined,
  failure: { code, retryable, reason },
});

/** What every stream must come out as, whole and cut at any byte. */
const streams: Readonly<Record<string, Case>> = {
  'chat-content-as-list': {
    name: 'compatible',
    right: {
      text: '144',
      reasoning: 'Twelve times twelve. That is a square.',
      finishReason: 'stop',
      usage: usage(31, 20),
    },
  },
  'chat-cut-at-length': {
    name: 'compatible',
    right: { text: '```ts src/a.ts\nexport const a = [', finishReason: 'length', usage: usage(32, 100) },
  },
  'chat-done-without-finish-reason': {
    name: 'compatible',
    right: { text: 'The answer is 4.', finishReason: 'other', usage: usage(22, 5) },
  },
  'chat-error-without-error-key': {
    name: 'compatible',
    right: { text: 'Once', ...failed('PROVIDER_UNAVAILABLE', true) },
    message: /The engine has died\./,
  },
  'chat-length-nothing-written-then-error': {
    name: 'openrouter',
    right: { text: '', usage: usage(43, 10, 10), ...failed('PROVIDER_REFUSED', false) },
    message: /Token limit reached/,
  },
  'chat-reasoning-details-only': {
    name: 'compatible',
    right: { text: '405', reasoning: '15 * 27 = 405', finishReason: 'stop' },
  },
  'chat-think-tags-with-a-file': {
    name: 'compatible',
    right: {
      text: '\n\n```ts src/final.ts\nexport const final = 2;\n```\n',
      reasoning: expect.stringContaining('src/draft.ts'),
      finishReason: 'stop',
    },
  },
  'chat-two-choices': { name: 'compatible', right: { text: 'Aa', finishReason: 'stop' } },
  'chat-usage-cached-above-input': {
    name: 'compatible',
    right: { usage: { ...usage(168, 8), cachedInputTokens: 161 } },
  },
  'chat-usage-reasoning-above-output': { name: 'openrouter', right: { usage: usage(24, 201, 201) } },
  'chat-usage-reasoning-beside-output': { name: 'compatible', right: { usage: usage(12, 342, 340) } },
  'messages-no-last-blank-line': {
    name: 'anthropic',
    right: { text: 'Hello there!', finishReason: 'stop', usage: usage(11, 6) },
  },
  'responses-commentary-then-review': {
    name: 'openai',
    right: {
      text: 'I will look at the code first {as asked}.\n\n{"issues":[],"verdict":"approved"}',
      finishReason: 'stop',
    },
  },
  'responses-incomplete-nothing-written': {
    name: 'openai',
    right: { text: '', ...failed('OUTPUT_INVALID', false, 'output_limit') },
    message: /2048 output tokens on reasoning/,
  },
  'recorded/mistral-content-as-list': {
    name: 'compatible',
    right: { text: '144', usage: usage(31, 66) },
    reasoningChars: 174,
  },
  'recorded/snowflake-no-finish-reason-reasoning-details': {
    name: 'compatible',
    right: { finishReason: 'other', text: expect.stringMatching(/^.{93}$/s), usage: usage(45, 73) },
    reasoningChars: 13,
  },
  'recorded/xai-reasoning-beside-output': {
    name: 'compatible',
    right: { usage: { outputTokens: 291, reasoningTokens: 290 } },
  },
  'recorded/openai-o3-all-tokens-reasoned': {
    name: 'openai',
    right: { text: '', ...failed('OUTPUT_INVALID', false, 'output_limit') },
    message: /1984 output tokens on reasoning/,
  },
  'recorded/openrouter-error-behind-length': {
    name: 'openrouter',
    right: { usage: usage(43, 10, 10), ...failed('PROVIDER_REFUSED', false) },
    message: /Token limit reached/,
  },
  'recorded/azure-grok-cached-above-input': {
    name: 'compatible',
    right: { usage: { inputTokens: 168, cachedInputTokens: 161 } },
  },
};

const providers = {
  anthropic: { wire: 'messages', create: createAnthropicProvider },
  openai: { wire: 'responses', create: createOpenAiProvider },
  openrouter: {
    wire: 'chat',
    create: (options) => createOpenAiCompatibleProvider({ name: 'openrouter', ...options }),
  },
  compatible: {
    wire: 'chat',
    create: (options) => createOpenAiCompatibleProvider({ name: 'compatible', ...options }),
  },
} as const satisfies Record<
  Name,
  { wire: ProviderWire; create: (options: { baseUrl: string; apiKey: string }) => RemoteProvider }
>;

const bytesOf = (stream: string) => readFileSync(new URL(`${stream}.sse`, folder));

function expectRight(answer: CollectedAnswer, { right, reasoningChars, message }: Case): void {
  expect(answer).toMatchObject(right);
  if (reasoningChars !== undefined) expect(answer.reasoning).toHaveLength(reasoningChars);
  if (message !== undefined) expect(answer.failure?.message).toMatch(message);
}

describe.skipIf(!found).for(Object.entries(streams))('%s comes out right', ([stream, expected]) => {
  const { wire, create } = providers[expected.name];

  async function replayed(cuts: readonly number[]): Promise<CollectedAnswer> {
    const server = await createProviderServer();
    const provider = create({ baseUrl: server.baseUrl(wire), apiKey: 'sk-test-0123456789' });
    onTestFinished(async () => {
      await provider.close();
      await server[Symbol.asyncDispose]();
    });
    server.enqueue({ fault: { kind: 'raw', body: bytesOf(stream), cuts } });
    return collectAnswer(provider, requestFor('replay'));
  }

  test('by its SDK over a socket, whole', async () => {
    expectRight(await replayed([]), expected);
  });

  test.for([1, 2, 3])('by its SDK over a socket, cut at random bytes (seed %i)', async (seed) => {
    const random = createSeededRandom(seed);
    const { length } = bytesOf(stream);
    const cuts = Array.from({ length: 40 }, () => Math.floor(random() * length));
    expectRight(await replayed(cuts.toSorted((a, b) => a - b)), expected);
  });

  test('cut at every byte, one cut at a time, and all at once', async () => {
    const bytes = bytesOf(stream);
    for (let at = 1; at < bytes.length; at += 1) {
      expectRight(await readPieces(wire, [bytes.subarray(0, at), bytes.subarray(at)]), expected);
    }
    expectRight(
      await readPieces(
        wire,
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
      ),
      expected,
    );
  });
});

const refusals = {
  'http-400-wrong-key-xai-shape': [
    400,
    { code: 'PROVIDER_AUTH', retryable: false },
    /Check the key configured for/,
  ],
  'http-400-too-long-perplexity-shape': [400, { code: 'CONTEXT_TOO_LONG', retryable: false }, /too long/],
} as const;

describe.skipIf(!found)('a recorded refusal means what it says', () => {
  test.for(Object.entries(refusals))('%s', async ([name, [status, right, words]]) => {
    await using server = await createProviderServer();
    await using provider = providers.compatible.create({
      baseUrl: server.baseUrl('chat'),
      apiKey: 'sk-test-0123456789',
    });
    server.enqueue({ fault: { kind: 'http', status, body: bytesOf(name).toString() } });
    const { failure } = await collectAnswer(provider, requestFor('hello'));
    expect(failure).toMatchObject(right);
    expect(failure?.message).toMatch(words);
  });

  test('http-422-stream-options is asked again without, and never with again', async () => {
    await using server = await createProviderServer();
    await using provider = providers.compatible.create({
      baseUrl: server.baseUrl('chat'),
      apiKey: 'sk-test-0123456789',
    });
    const body = bytesOf('http-422-stream-options').toString();
    server.enqueue({ fault: { kind: 'http', status: 422, body } });
    const json = { name: 'review', schema: { type: 'object' } };
    expect(await collectAnswer(provider, requestFor('one', { json }))).toMatchObject({
      finishReason: 'stop',
    });
    await collectAnswer(provider, requestFor('two', { json }));
    expect(
      server.requests.map(({ body: asked }) => ['stream_options' in asked, 'response_format' in asked]),
    ).toEqual([
      [true, true],
      [false, true],
      [false, true],
    ]);
  });
});
