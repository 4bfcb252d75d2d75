import { describe, expect, test } from 'vitest';

import type { ProviderRequest } from '../../server/providers/provider.ts';
import { askTwice, refusal, type Body, type Name } from '../support/ask-twice.ts';

describe('what an endpoint does not take is left out, once and for all', () => {
  const unsupported = (field: string) =>
    `Unsupported parameter: '${field}' is not supported with this model.`;
  const fastApi = (...loc: readonly string[]) => ({
    detail: [{ type: 'extra_forbidden', loc: ['body', ...loc], msg: 'Extra inputs are not permitted' }],
  });
  const json = { name: 'review', schema: { type: 'object' } };
  const cached = {
    cacheKey: 'run-1',
    messages: [{ role: 'user' as const, text: 'shared own', cacheEnds: [7] }],
  };

  test.for<readonly [Name, string, Partial<ProviderRequest>, unknown, number?]>([
    ['compatible', 'stream_options', {}, 'stream_options: Extra inputs are not permitted'],
    ['compatible', 'stream_options', { json }, fastApi('stream_options', 'include_usage'), 422],
    ['compatible', 'stream_options', { json }, { message: 'Extra inputs are not permitted' }, 422],
    ['compatible', 'reasoning_effort', { effort: 'high' }, unsupported('reasoning_effort')],
    ['ollama', 'reasoning_effort', { effort: 'low' }, '"qwen" does not support thinking'],
    [
      'compatible',
      'max_tokens',
      { maxOutputTokens: 500 },
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ],
    ['openai', 'store', {}, unsupported('store')],
    ['openai', 'stream_options', {}, "Unknown parameter: 'stream_options.include_obfuscation'."],
    ['openai', 'reasoning', {}, unsupported('reasoning.summary')],
    ['openai', 'prompt_cache_key', { cacheKey: 'k' }, unsupported('prompt_cache_key')],
    ['openai', 'instructions', {}, "Unknown parameter: 'instructions'"],
    ['anthropic', 'output_config', { effort: 'low' }, 'output_config.effort: Extra inputs are not permitted'],
    ['anthropic', 'thinking', {}, 'thinking is not supported on this model'],
    [
      'anthropic',
      'cache_control',
      cached,
      'messages.0.content.0.cache_control: Extra inputs are not permitted',
    ],
  ])('%s: %s', async ([name, field, request, message, status]) => {
    const has = (body: Body) => JSON.stringify(body).includes(`"${field}"`);
    const { first, bodies, later } = await askTwice({
      name,
      request,
      refuse: (body) => (has(body) ? refusal(message, status) : undefined),
    });
    expect(first).toMatchObject({ text: 'Hello, world.', finishReason: 'stop' });
    expect(bodies.map(has)).toEqual([true, false]);
    expect(later.map(has)).toEqual([false]);
    // What was not to blame stays.
    if (request.json !== undefined) expect(JSON.stringify(bodies[1])).toContain('json_schema');
  });

  test.for<readonly [Name, string, number]>([
    ['compatible', 'System role not supported', 400],
    ['compatible', 'Conversation roles must alternate user/assistant/user/assistant/...', 500],
    ['compatible', 'Only user and assistant roles are supported!', 500],
    ['openrouter', 'Developer instruction is not enabled for models/gemma-3', 400],
  ])('%s: a role for the system, %s', async ([name, message, status]) => {
    const { first, bodies, later } = await askTwice({
      name,
      refuse: (body) => (JSON.stringify(body).includes('"system"') ? refusal(message, status) : undefined),
    });
    expect(first.finishReason).toBe('stop');
    expect(bodies).toHaveLength(2);
    expect(bodies[1]?.['messages']).toEqual([{ role: 'user', content: 'You are a test.\n\nhello' }]);
    expect(later).toHaveLength(1);
  });

  test('max_completion_tokens takes the place of max_tokens', async () => {
    const { bodies } = await askTwice({
      name: 'compatible',
      request: { maxOutputTokens: 500 },
      refuse: (body) =>
        'max_tokens' in body
          ? refusal("'max_tokens' is not supported; use max_completion_tokens")
          : undefined,
    });
    expect(bodies[1]).toMatchObject({ max_completion_tokens: 500 });
  });

  test('thinking gets a budget where the model does not choose its length', async () => {
    const { bodies, later } = await askTwice({
      name: 'anthropic',
      request: { effort: 'low' },
      refuse: (body) =>
        JSON.stringify(body).includes('adaptive')
          ? refusal('adaptive thinking is not supported on this model')
          : undefined,
    });
    expect(bodies[1]?.['thinking']).toEqual({ type: 'enabled', budget_tokens: 2_048 });
    expect(later).toHaveLength(1);
  });

  test('json_schema answered by 500 is asked for otherwise; by random, it is tried again the next time', async () => {
    const { first, bodies, later } = await askTwice({
      name: 'compatible',
      request: { json },
      refuse: (body) => (JSON.stringify(body).includes('json_schema') ? refusal('oops', 500) : undefined),
    });
    expect(first.finishReason).toBe('stop');
    expect([bodies.length, later.length]).toEqual([2, 2]);
    const named = await askTwice({
      name: 'compatible',
      request: { json },
      refuse: (body) =>
        JSON.stringify(body).includes('json_schema') ? refusal('failed to compile grammar', 500) : undefined,
    });
    expect([named.bodies.length, named.later.length]).toEqual([2, 1]);
  });
});
