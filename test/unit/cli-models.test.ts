import type { ModelList } from '@stagewire/client';
import { expect, test } from 'vitest';
import { promptDiffLines } from '../../cli/render/render-prompt-diff.ts';
import { modelLines } from '../../cli/render/render-models.ts';

const plain = (_style: unknown, text: string) => text;
const listedAt = '2026-01-01T00:00:00.000Z';

test('models are listed by provider, with limits, what is left out, and why there are none', () => {
  const list: ModelList = {
    providers: [
      {
        provider: 'openrouter',
        label: 'OpenRouter',
        models: [
          { model: 'openrouter/a/b', contextTokens: 200_000, outputTokens: 64_000 },
          { model: 'openrouter/long/name' },
        ],
        omitted: 1200,
        listedAt,
      },
      {
        provider: 'ollama',
        label: 'Ollama',
        models: [],
        omitted: 0,
        listedAt,
        failure: { code: 'PROVIDER_UNAVAILABLE', message: 'It is\u001b[31m not running.', retryable: true },
      },
    ],
  };
  expect(modelLines(list, plain)).toEqual([
    'OpenRouter  2 models, 1,200 not listed',
    '  openrouter/a/b        context 200,000, output 64,000',
    '  openrouter/long/name',
    '',
    'Ollama  not listed, PROVIDER_UNAVAILABLE',
    '  It is␛[31m not running.',
  ]);
});

test('the changes of a prompt are shown with three unchanged lines around them', () => {
  const same = (count: number) => ({
    kind: 'same' as const,
    lines: Array.from({ length: count }, (_, at) => `s${at}`),
  });
  const lines = promptDiffLines(
    {
      runId: 'run_0123456789',
      from: { stage: 2, attempt: 1 },
      to: { stage: 4, attempt: 1 },
      exact: true,
      parts: [
        same(7),
        { kind: 'removed', lines: ['old'] },
        { kind: 'added', lines: ['new\u001b'] },
        same(4),
        { kind: 'added', lines: ['end'] },
      ],
    },
    plain,
  );
  expect(lines).toEqual([
    'stage 2, attempt 1 → stage 4, attempt 1 · 2 lines added, 1 removed',
    '… 4 unchanged lines',
    '  s4',
    '  s5',
    '  s6',
    '- old',
    '+ new␛',
    '  s0',
    '  s1',
    '  s2',
    '  s3',
    '+ end',
  ]);
});
