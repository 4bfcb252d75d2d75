import type { ModelList } from '@stagewire/client';
import { describe, expect, test } from 'vitest';
import { contextText, matchingGroups, modelGroups } from '../../console/start/model-options.ts';

const entry = (provider: string, names: readonly string[]): ModelList['providers'][number] => ({
  provider,
  label: provider.toUpperCase(),
  models: names.map((name) => ({ model: `${provider}/${name}` })),
  omitted: 0,
  listedAt: '2026-01-01T00:00:00.000Z',
});
const refs = (
  groups: readonly { readonly label: string; readonly models: readonly { readonly model: string }[] }[],
) => groups.map(({ label, models }) => [label, ...models.map(({ model }) => model)]);

describe('the models to choose from', () => {
  test('are those of the server and the rehearsal until there is a list', () => {
    expect(refs(modelGroups(undefined, { default: 'openai/a', coder: 'openai/a' }))).toEqual([
      ['Set on this server', 'openai/a', 'rehearsal'],
    ]);
  });

  test('are then those of each provider that has any, and those of the server that are in no list', () => {
    const list = { providers: [entry('openai', ['a']), entry('ollama', []), entry('rehearsal', [''])] };
    expect(refs(modelGroups(list, { default: 'openai/a', coder: 'anthropic/x' }))).toEqual([
      ['Set on this server', 'anthropic/x'],
      ['OPENAI', 'openai/a'],
      ['REHEARSAL', 'rehearsal/'],
    ]);
    expect(refs(modelGroups(list, { default: 'openai/a' })).map(([label]) => label)).toEqual([
      'OPENAI',
      'REHEARSAL',
    ]);
  });

  test('match by every word in any case, and a long group says how many there are', () => {
    const many = Array.from({ length: 1200 }, (_, index) => `Model-${index}`);
    const groups = modelGroups({ providers: [entry('openai', many), entry('ollama', ['other'])] }, {});
    const [all, ollama] = matchingGroups(groups, '');
    expect(all).toMatchObject({ title: 'OPENAI, 50 of 1,200: type to search', found: 1200 });
    expect(all?.models).toHaveLength(50);
    expect(ollama?.title).toBe('OLLAMA');
    expect(refs(matchingGroups(groups, ' 119 open '))).toEqual([
      [
        'OPENAI',
        'openai/Model-119',
        'openai/Model-1119',
        ...Array.from({ length: 10 }, (_, at) => `openai/Model-119${at}`),
      ],
    ]);
    expect(matchingGroups(groups, 'no such model')).toEqual([]);
  });

  test.each([
    [undefined, undefined],
    [512, '512 context'],
    [131_072, '131k context'],
    [1_048_576, '1M context'],
    [1_500_000, '1.5M context'],
  ])('a context of %s tokens is shown as %s', (contextTokens, text) => {
    expect(contextText({ model: 'm', ...(contextTokens !== undefined && { contextTokens }) })).toBe(text);
  });
});
