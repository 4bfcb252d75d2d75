import { expect, test } from 'vitest';
import { measurePrompts } from '../bench/measure-prompts.ts';
import { createPrefixCache } from '../bench/prefix-cache.ts';

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
