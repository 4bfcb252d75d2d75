import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAnthropicProvider } from '../../server/providers/anthropic.ts';
import { createOpenAiCompatibleProvider } from '../../server/providers/openai-compatible.ts';
import { createOpenAiProvider } from '../../server/providers/openai.ts';
import { chatFrames } from '../support/chat-frames.ts';
import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import { messagesFrames } from '../support/messages-frames.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { responsesFrames } from '../support/responses-frames.ts';
import { createDice, type Dice } from './dice.ts';
import type { Fuzzer } from './fuzzer.ts';
import { mutateBytes } from './mutate-bytes.ts';

/** Recorded and written streams beside the checkout; without them there are those that the tests' own frames make. */
const folders = ['fixtures', 'cases/streams'].map(
  (path) => new URL(`../../../shared/${path}/`, import.meta.url),
);

/** An answer may be held up by nothing but the watchdogs, and these bytes come at once. */
const longestMs = 10_000;
const mostChars = 4_000_000;

/** Streams of all providers, damaged, over all three wires: each call ends, by an answer or by a failure with a code. */
export const providerBytes: Fuzzer = {
  name: 'provider-bytes',
  shortSeeds: 60,
  async open() {
    const streams = [...scriptedStreams(), ...recordedStreams()];
    const server = await createProviderServer();
    const create = {
      messages: createAnthropicProvider,
      responses: createOpenAiProvider,
      chat: (options: { baseUrl: string; apiKey: string }) =>
        createOpenAiCompatibleProvider({ name: 'compatible', ...options }),
    };
    const providers = (['messages', 'responses', 'chat'] as const).map((wire) =>
      create[wire]({ baseUrl: server.baseUrl(wire), apiKey: 'sk-test-0123456789' }),
    );
    return {
      async play(seed) {
        const dice = createDice('provider-bytes', seed);
        const provider = dice.any(providers);
        if (provider === undefined) return;
        const body = damaged(streams, dice);
        const cuts = Array.from({ length: dice.below(6) }, () => dice.below(body.length + 1)).toSorted(
          (a, b) => a - b,
        );
        server.enqueue(
          dice.isLucky(0.85)
            ? { fault: { kind: 'raw', body, cuts } }
            : {
                fault: {
                  kind: 'http',
                  status: dice.pick([400, 401, 404, 413, 429, 500, 529]),
                  body: body.toString(),
                },
              },
        );
        const giveUp = new AbortController();
        const answer = await Promise.race([
          collectAnswer(provider, requestFor('be fuzzed'), { signal: giveUp.signal }),
          sleep(longestMs, undefined, { ref: false }),
        ]);
        giveUp.abort();
        if (answer === undefined) throw new Error('the call did not end');
        if (answer.failure === undefined && answer.finishReason === undefined)
          throw new Error('the call ended with nothing');
        const chars = answer.text.length + answer.reasoning.length;
        // No character takes less than a byte of JSON.
        if (chars > Math.min(body.length, mostChars))
          throw new Error(`${body.length} bytes became ${chars} characters`);
        for (const usage of answer.usages) {
          for (const tokens of [usage.inputTokens, usage.outputTokens, usage.reasoningTokens]) {
            if (!Number.isSafeInteger(tokens) || tokens < 0) throw new Error(`${tokens} tokens`);
          }
        }
      },
      async [Symbol.asyncDispose]() {
        await Promise.all(providers.map((provider) => provider.close()));
        await server[Symbol.asyncDispose]();
      },
    };
  },
};

function damaged(streams: readonly Buffer[], dice: Dice): Buffer {
  const one = dice.any(streams) ?? Buffer.alloc(0);
  if (dice.isLucky(0.1)) return one;
  if (dice.isLucky(0.2)) {
    // Events of two streams in one, in any order.
    const events = [one, dice.any(streams) ?? one].flatMap((stream) =>
      stream.toString('latin1').split('\n\n'),
    );
    const mixed = Array.from({ length: dice.below(40) }, () => dice.any(events) ?? '');
    return Buffer.from(`${mixed.join('\n\n')}\n\n`, 'latin1');
  }
  if (dice.isLucky(0.4)) {
    const values = [
      'null',
      '[]',
      '{}',
      '-1',
      '1e999',
      '""',
      '"\\ud800"',
      'true',
      '[[[[]]]]',
      '{"a":{"b":[]}}',
    ] as const;
    return Buffer.from(
      one
        .toString()
        .replaceAll(/"[^"\\\n]{0,60}"(?=[,}\]])|\b\d+\b(?=[,}\]])|null/g, (value) =>
          dice.isLucky(0.06) ? dice.pick(values) : value,
        ),
    );
  }
  return mutateBytes(one, dice, 10);
}

function recordedStreams(): readonly Buffer[] {
  return folders.flatMap((folder) => {
    if (!existsSync(folder)) return [];
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.sse'),
    );
    return paths.toSorted().map((path) => readFileSync(new URL(path, folder)).subarray(0, 200_000));
  });
}

function scriptedStreams(): readonly Buffer[] {
  const script = { tokens: ['Hello', ', ', 'wörld 😀'], reasoning: ['Let me see.'] };
  return [chatFrames, responsesFrames, messagesFrames].map((framesOf) => {
    const { opening, reasoning, tokens, closing, ping } = framesOf(script, 'test-model');
    return Buffer.from([...opening, ...reasoning, ping, ...tokens, ...closing].join(''));
  });
}
