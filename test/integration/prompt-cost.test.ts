import { expect, test } from 'vitest';
import { measurePrompts } from '../bench/measure-prompts.ts';
import { createPrefixCache } from '../bench/prefix-cache.ts';
import { askedBlocks } from '../support/asked-blocks.ts';
import { startModelCases } from '../support/model-cases.ts';

test.each(['anthropic', 'compatible', 'openai'] as const)(
  'over %s, a cache can serve most of the prompts of a run whose roles have one model',
  async (wire) => {
    const { stages, repeatedShare, cachedShare } = await measurePrompts(wire, {
      codeChars: 15_000,
      files: 6,
    });
    expect(stages.map(({ cachedInputTokens }) => cachedInputTokens > 0)).toEqual([
      false,
      ...Array.from({ length: 8 }, () => true),
    ]);
    expect(repeatedShare).toBeGreaterThan(0.6);
    // Anthropic serves up to a mark, so a little less.
    expect(cachedShare).toBeGreaterThan(wire === 'anthropic' ? 0.5 : 0.6);
    expect(cachedShare).toBeLessThanOrEqual(repeatedShare);
  },
);

test('a run asks for the cache in the words of each API', async () => {
  await using cases = await startModelCases();
  const played = async (provider: 'anthropic' | 'openai' | 'compatible') => {
    const files = [{ path: 'src/clock.ts', text: 'tick();\n'.repeat(200) }];
    const roles = ['architect', 'coder', 'reviewer', 'tester'];
    const { requests } = await cases.play({ provider, roles, files, answers: {} });
    expect(requests).toHaveLength(4);
    return requests;
  };
  const marksIn = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) =>
    askedBlocks(body).filter(({ marked }) => marked).length;

  const anthropic = await played('anthropic');
  for (const request of anthropic) {
    expect(marksIn(request)).toBeGreaterThan(0);
    // The API refuses more.
    expect(marksIn(request)).toBeLessThanOrEqual(4);
    expect(JSON.stringify(request.body).match(/"cache_control"/g)).toHaveLength(marksIn(request));
  }
  const cache = createPrefixCache();
  const served = anthropic.map((request) => cache.add(request).cachedChars);
  expect(served[0]).toBe(0);
  // Each later role is served at least the context file from what a role before it had sent.
  expect(Math.min(...served.slice(1))).toBeGreaterThan(200 * 'tick();'.length);

  const keysOf = async () => (await played('openai')).map(({ body }) => body['prompt_cache_key']);
  const [key, ...others] = await keysOf();
  expect(key).toEqual(expect.any(String));
  expect(new Set(others)).toEqual(new Set([key]));
  expect(await keysOf()).not.toContain(key);

  for (const { body } of await played('compatible'))
    expect(JSON.stringify(body)).not.toMatch(/cache_control|prompt_cache_key/);
});

test('a run over 41,000 characters of code keeps within what it may send', async () => {
  const { codeChars, sentChars, repeatedShare, refinerChars } = await measurePrompts('compatible');
  expect(codeChars).toBeGreaterThan(40_900);
  expect(sentChars).toBeLessThanOrEqual(350_000);
  expect(repeatedShare).toBeGreaterThanOrEqual(0.6);
  expect(refinerChars).toBeLessThan(codeChars / 2);
});

test('what a cache serves is counted from the bytes: marked blocks on the Messages API, any beginning on the others', () => {
  const cache = createPrefixCache();
  const mark = { cache_control: { type: 'ephemeral' } };
  const body = (...content: object[]) => ({ system: 'S', messages: [{ role: 'user', content }] });
  const first = body({ text: 'files', ...mark }, { text: ' and a role' });
  expect(cache.add({ wire: 'messages', body: first }).cachedChars).toBe(0);
  const second = body({ text: 'files', ...mark }, { text: ' and another role' });
  expect(cache.add({ wire: 'messages', body: second })).toEqual({
    sentChars: 23,
    repeatedChars: 'Sfiles and a'.length,
    cachedChars: 'Sfiles'.length,
  });
  const unmarked = body({ text: 'files' }, { text: ' and a role' });
  expect(cache.add({ wire: 'messages', body: unmarked }).cachedChars).toBe(0);
  const chat = { messages: [{ content: 'S' }, { content: 'files and no role' }] };
  expect(cache.add({ wire: 'chat', body: chat }).cachedChars).toBe('Sfiles and '.length);
});
