import { describe, expect, test } from 'vitest';

import type { ProviderRequest } from '../../server/providers/provider.ts';
import type { RemoteOptions } from '../../server/providers/remote-provider.ts';
import { askTwice, create, refusal, wireOf, type Body, type Name } from '../support/ask-twice.ts';
import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import type { ProviderScript } from '../support/provider-script.ts';
import { createProviderServer } from '../support/provider-server.ts';

describe('limits that an error names are heeded and remembered', () => {
  const askedFor = (body: Body) =>
    Number(body['max_tokens'] ?? body['max_output_tokens'] ?? body['max_completion_tokens']);
  test.for<readonly [Name, string, number]>([
    [
      'anthropic',
      'max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for this model',
      8_192,
    ],
    [
      'compatible',
      'max_tokens is too large: 32000. This model supports at most 16384 completion tokens, whereas you provided 32000.',
      16_384,
    ],
    ['compatible', 'Invalid max_tokens value, the valid range of max_tokens is [1, 8192]', 8_192],
    [
      'compatible',
      '`max_tokens` must be less than or equal to `4096`, the maximum value for `max_tokens` is less than the `context_window`',
      4_096,
    ],
    [
      'openai',
      'max_output_tokens is too large: 32000. This model supports at most 16,384 output tokens',
      16_384,
    ],
  ])('%s: %s', async ([name, message, limit]) => {
    const { first, bodies, later, limits } = await askTwice({
      name,
      request: { maxOutputTokens: 32_000 },
      refuse: (body) => (askedFor(body) > limit ? refusal(message) : undefined),
    });
    expect(first.finishReason).toBe('stop');
    expect(bodies.map(askedFor)).toEqual([32_000, limit]);
    expect(later.map(askedFor)).toEqual([limit]);
    expect(limits).toMatchObject({ outputTokens: limit });
  });

  test.for<readonly [Name, string, number]>([
    [
      'anthropic',
      'input length and `max_tokens` exceed context limit: 180000 + 32000 > 200000, decrease input length or `max_tokens` and try again',
      20_000,
    ],
    [
      'compatible',
      "This model's maximum context length is 32768 tokens. However, you requested 33000 tokens (1000 in the messages, 32000 in the completion). Please reduce the length of the messages or completion.",
      31_768,
    ],
    [
      'openrouter',
      "This endpoint's maximum context length is 131072 tokens. However, you requested about 150000 tokens (118000 of text input, 32000 in the output).",
      13_072,
    ],
  ])('%s has %s: what is left is asked for', async ([name, message, left]) => {
    const { first, bodies, later, limits } = await askTwice({
      name,
      request: { maxOutputTokens: 32_000 },
      refuse: (body) => (askedFor(body) > left ? refusal(message) : undefined),
    });
    expect(first.finishReason).toBe('stop');
    expect(bodies.map(askedFor)).toEqual([32_000, left]);
    // The same prompt is not tried in vain again.
    expect(later).toHaveLength(1);
    expect(limits?.contextTokens).toBeGreaterThan(left);
  });

  test('but a prompt that fills the window alone is too long', async () => {
    const { first, bodies } = await askTwice({
      name: 'anthropic',
      refuse: () => refusal('input length and `max_tokens` exceed context limit: 199990 + 32000 > 200000'),
    });
    expect(first.failure?.code).toBe('CONTEXT_TOO_LONG');
    expect(bodies).toHaveLength(1);
  });

  test('the settings and the request say how long an answer may be', async () => {
    const limit = async (
      name: Name,
      options: Partial<RemoteOptions>,
      request: Partial<ProviderRequest> = {},
    ) => askedFor((await askTwice({ name, options, request })).bodies[0] ?? {});
    for (const name of ['anthropic', 'openai', 'compatible'] as const) {
      expect(await limit(name, { maxOutputTokens: 700 })).toBe(700);
      expect(await limit(name, { maxOutputTokens: 700 }, { maxOutputTokens: 900 })).toBe(900);
    }
    expect(await limit('anthropic', {})).toBe(32_000);
    expect(await limit('compatible', {})).toBeNaN();
  });
});

describe('effort and caching are asked for in the words of each API', () => {
  test.for<readonly [Name, object]>([
    ['anthropic', { output_config: { effort: 'high' }, thinking: { type: 'adaptive' } }],
    ['openai', { reasoning: { effort: 'high', summary: 'auto' }, prompt_cache_key: 'run-1' }],
    ['openrouter', { reasoning: { effort: 'high' } }],
    ['compatible', { reasoning_effort: 'high' }],
    ['ollama', { reasoning_effort: 'high' }],
  ])('%s', async ([name, right]) => {
    const { bodies } = await askTwice({ name, request: { effort: 'high', cacheKey: 'run-1' } });
    expect(bodies[0]).toMatchObject(right);
    if (name !== 'openai') expect(bodies[0]).not.toHaveProperty('prompt_cache_key');
  });

  test('Anthropic gets blocks that end where a cache may, four at most', async () => {
    const text = 'aaaabbbbccccddddeeeeffff';
    const { bodies } = await askTwice({
      name: 'anthropic',
      request: { messages: [{ role: 'user', text, cacheEnds: [4, 8, 12, 16, 20] }] },
    });
    const ephemeral = { cache_control: { type: 'ephemeral' } };
    expect(bodies[0]?.['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'aaaabbbb', ...ephemeral },
          { type: 'text', text: 'cccc', ...ephemeral },
          { type: 'text', text: 'dddd', ...ephemeral },
          { type: 'text', text: 'eeee', ...ephemeral },
          { type: 'text', text: 'ffff' },
        ],
      },
    ]);
  });

  test('no block is blank, and the text stays what it was', async () => {
    const text = 'shared\n\n own';
    for (const cacheEnds of [[0], [6, 8], [text.length], [99], [6, 6]]) {
      const { bodies } = await askTwice({
        name: 'anthropic',
        request: { messages: [{ role: 'user', text, cacheEnds }] },
      });
      const messages = bodies[0]?.['messages'] as { content: string | { text: string }[] }[] | undefined;
      const content = messages?.[0]?.content ?? '';
      const blocks = typeof content === 'string' ? [content] : content.map((block) => block.text);
      expect(blocks.join('')).toBe(text);
      expect(blocks.every((block) => block.trim() !== '')).toBe(true);
    }
  });
});

describe('a server without the Responses API', () => {
  test.for([404, 405, 501])(
    'that answers %i is asked by Chat Completions, from then on at once',
    async (status) => {
      const { first, second, paths } = await askTwice({
        name: 'openai',
        refuse: (_body, seen) =>
          seen.wire === 'responses' ? refusal('404 page not found', status) : undefined,
      });
      expect([first.text, second.text]).toEqual(['Hello, world.', 'Hello, world.']);
      expect(paths).toEqual(['/v1/responses', '/v1/chat/completions', '/v1/chat/completions']);
    },
  );

  test('is not looked for when the model is what is unknown', async () => {
    const { first, paths } = await askTwice({
      name: 'openai',
      refuse: () => refusal('The model `x` does not exist', 404),
    });
    expect(first.failure).toMatchObject({ reason: 'model_unknown' });
    expect(new Set(paths)).toEqual(new Set(['/v1/responses']));
  });

  test('nor any other: the address is told', async () => {
    const { first } = await askTwice({ name: 'openai', refuse: () => refusal('404 page not found', 404) });
    expect(first.failure).toMatchObject({ reason: 'wrong_address', retryable: false });
    expect(first.failure?.message).toMatch(/\/v1\/chat\/completions/);
  });
});

describe('a window that is too small', () => {
  const request = { messages: [{ role: 'user' as const, text: 'const value = 1;\n'.repeat(1_000) }] };
  const answer = { tokens: ['What?'], usage: { input: 700, output: 5 } };
  async function ask(name: Name, more: Partial<ProviderRequest> = request, script: ProviderScript = answer) {
    await using server = await createProviderServer({ answer: script });
    const warned: string[] = [];
    const logger = {
      info: () => undefined,
      error: () => undefined,
      warn: (_fields: unknown, text: string) => void warned.push(text),
    };
    await using provider = create(name, { baseUrl: server.baseUrl(wireOf(name)), logger });
    return { ...(await collectAnswer(provider, requestFor('x', more))), warned };
  }

  test('is an error for Ollama, which throws the rest away', async () => {
    const { failure } = await ask('ollama');
    expect(failure).toMatchObject({ code: 'CONTEXT_TOO_LONG', retryable: false });
    expect(failure?.message).toMatch(/read 700 tokens of a prompt of about \d+ .*OLLAMA_CONTEXT_LENGTH/);
  });

  test('is a line in the log for others', async () => {
    const { finishReason, warned } = await ask('compatible');
    expect(finishReason).toBe('stop');
    expect(warned).toEqual([expect.stringContaining('less than half of the prompt')]);
  });

  test('is none for a short prompt, nor when half was read or nothing was told', async () => {
    expect(await ask('ollama', {}, answer)).toMatchObject({ finishReason: 'stop', warned: [] });
    expect(await ask('ollama', request, { ...answer, usage: { input: 2_200, output: 5 } })).toMatchObject({
      finishReason: 'stop',
    });
    expect(await ask('ollama', request, { ...answer, usage: { input: 0, output: 5 } })).toMatchObject({
      finishReason: 'stop',
    });
    expect(await ask('ollama', request, { ...answer, usage: null })).toMatchObject({ finishReason: 'stop' });
  });
});
