import { ModelList } from '@stagewire/shared/model-list';
import { describe, expect, test } from 'vitest';
import { createModelCatalogue, type ModelListOptions } from '../../server/providers/model-catalogue.ts';
import { parseModelRef } from '../../server/providers/model-ref.ts';
import { ProviderFailure } from '../../server/providers/provider.ts';
import type { ProviderSettings, RemoteName } from '../../server/providers/provider-settings.ts';
import { rehearsalModels } from '../../server/providers/rehearsal-models.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const baseUrl = 'http://127.0.0.1:9';
const settings: ProviderSettings = { anthropic: { apiKey: 'k', baseUrl }, ollama: { baseUrl } };

type Answer = readonly string[] | Error | Promise<readonly string[]>;

/** A catalogue whose providers answer as `answers` says at the moment. */
function scene(answers: Partial<Record<RemoteName, Answer>>, options: Partial<ModelListOptions> = {}) {
  const steady = createFakeClock();
  let wallMs = 0;
  // The wall clock jumps back by a day with each reading.
  const clock = { ...steady, now: () => (wallMs -= 86_400_000) };
  const asked: RemoteName[] = [];
  const logged: unknown[] = [];
  const logger = { info() {}, warn() {}, error: (fields: unknown) => void logged.push(fields) };
  const catalogue = createModelCatalogue({
    ...options,
    settings,
    clock,
    logger,
    registry: {
      async listModels(name) {
        asked.push(name);
        const answer = await (answers[name] ?? []);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      limitsOf: (ref) =>
        ref === 'anthropic/big' ? { contextTokens: 200_000, outputTokens: 64_000 } : undefined,
    },
  });
  const of = async (name: string) =>
    ModelList.parse(await catalogue.list()).providers.find(({ provider }) => provider === name);
  return { answers, clock, asked, logged, catalogue, of };
}

const failed = (retryAfterMs?: number) =>
  new ProviderFailure('PROVIDER_UNAVAILABLE', 'It does not run.', {
    retryable: true,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });

describe('the list of models', () => {
  test('has each configured provider and the rehearsal, with the limits that are known', async () => {
    const { catalogue } = scene({ anthropic: ['big', 'small'], ollama: ['qwen3:8b'] });
    const { providers } = ModelList.parse(await catalogue.list());
    expect(providers.map(({ provider, label, models }) => [provider, label, models])).toEqual([
      [
        'anthropic',
        'Anthropic',
        [
          { model: 'anthropic/big', contextTokens: 200_000, outputTokens: 64_000 },
          { model: 'anthropic/small' },
        ],
      ],
      ['ollama', 'Ollama', [{ model: 'ollama/qwen3:8b' }]],
      ['rehearsal', 'Rehearsal (simulated)', rehearsalModels.map((model) => ({ model }))],
    ]);
    expect(rehearsalModels.map((it) => parseModelRef(it).provider)).toEqual(
      rehearsalModels.map(() => 'rehearsal'),
    );
  });

  test('has valid references only, those that hardly generate text last, and no more than allowed', async () => {
    const ids = ['embed-1', 'a b', 'a', `bad\u202e`, 'x'.repeat(300), 'b', 'whisper-1'];
    const { of } = scene({ anthropic: ids }, { maxModelsPerProvider: 3 });
    expect(await of('anthropic')).toMatchObject({
      models: [{ model: 'anthropic/a' }, { model: 'anthropic/b' }, { model: 'anthropic/embed-1' }],
      omitted: 4,
    });
  });

  test('is kept for ten minutes by the monotonic clock, and a failure for 15 seconds', async () => {
    const { answers, clock, asked, of } = scene({ anthropic: ['old'], ollama: failed() });
    await of('ollama');
    answers.anthropic = ['new'];
    answers.ollama = ['llama'];
    await clock.advance(14_999);
    expect(await of('ollama')).toMatchObject({ models: [], failure: { code: 'PROVIDER_UNAVAILABLE' } });
    await clock.advance(1);
    expect(await of('ollama')).not.toHaveProperty('failure');
    await clock.advance(600_000 - 15_001);
    expect(await of('anthropic')).toMatchObject({ models: [{ model: 'anthropic/old' }] });
    expect(asked).toEqual(['anthropic', 'ollama', 'ollama']);
    await clock.advance(1);
    expect(await of('anthropic')).toMatchObject({ models: [{ model: 'anthropic/new' }] });
  });

  test('keeps a failure for as long as the provider asks to wait, but not for longer than a list', async () => {
    const { clock, asked, of } = scene({ ollama: failed(60_000), anthropic: failed(3_600_000) });
    await of('ollama');
    await clock.advance(59_999);
    await of('ollama');
    expect(asked).toEqual(['anthropic', 'ollama']);
    await clock.advance(1);
    await of('ollama');
    expect(asked).toEqual(['anthropic', 'ollama', 'ollama']);
    await clock.advance(540_000);
    await of('ollama');
    expect(asked.filter((name) => name === 'anthropic')).toHaveLength(2);
  });

  test('is requested once by callers at the same time', async () => {
    const held = Promise.withResolvers<readonly string[]>();
    const { catalogue, asked } = scene({ anthropic: held.promise });
    const lists = [catalogue.list(), catalogue.list(), catalogue.list()];
    held.resolve(['a']);
    await Promise.all(lists);
    expect(asked).toEqual(['anthropic', 'ollama']);
  });

  test('uses what the start has listed already, and does not keep its failure', async () => {
    const at = scene({ anthropic: ['a'], ollama: failed() });
    await at.catalogue.listModels('anthropic');
    await expect(at.catalogue.listModels('ollama', { timeoutMs: 300 })).rejects.toThrow('It does not run.');
    at.answers.ollama = ['llama'];
    expect(await at.of('anthropic')).toMatchObject({ models: [{ model: 'anthropic/a' }] });
    expect(await at.of('ollama')).toMatchObject({ models: [{ model: 'ollama/llama' }] });
    expect(at.asked).toEqual(['anthropic', 'ollama', 'ollama']);
  });

  test('shows nothing of an error that is not a failure of a provider; the log has it', async () => {
    const { of, logged } = scene({ ollama: new Error('secret-key in a header') });
    const entry = await of('ollama');
    expect(entry?.failure).toMatchObject({ code: 'INTERNAL', retryable: true });
    expect(JSON.stringify(entry)).not.toContain('secret-key');
    expect(logged).toHaveLength(1);
  });
});
