import { expect, test } from 'vitest';
import type { EventBody, Usage } from '@stagewire/shared';
import { decide } from '../../server/runs/decide/decide.ts';
import { evolve, type RunProgress } from '../../server/runs/decide/progress.ts';
import { queuedBody } from '../support/run-script.ts';

const coder = { stage: 1, role: 'coder', attempt: 1 };

function progressAfter(...bodies: readonly EventBody[]): RunProgress {
  const progress = [queuedBody({ pipeline: { roles: ['coder'], maxRefinements: 0 } }), ...bodies].reduce<
    RunProgress | undefined
  >(
    (before, body, index) =>
      evolve(before, { ...body, runId: 'run_abcdefgh', seq: index + 1, at: '2026-01-01T00:00:00.000Z' }),
    undefined,
  );
  if (progress === undefined) throw new Error('no events');
  return progress;
}

function decideCut(contextTokens: number | undefined, usage: Pick<Usage, 'inputTokens' | 'outputTokens'>) {
  const progress = progressAfter(
    { type: 'run.started' },
    { type: 'run.planned', roles: ['coder'], cause: 'start' },
    {
      type: 'stage.started',
      ...coder,
      model: 'rehearsal',
      format: 'code',
      cause: 'plan',
      commandIds: [],
      keptChars: 0,
      ...(contextTokens === undefined ? {} : { contextTokens }),
    },
    { type: 'stage.delta', ...coder, offset: 0, text: '```ts src/a.ts\nexport ' },
  );
  const bodies = decide(
    progress,
    {
      type: 'call-ended',
      outcome: {
        status: 'completed',
        finishReason: 'length',
        usage: { ...usage, reasoningTokens: 0, source: 'final' },
        ttftMs: 1,
        durationMs: 2,
        retryInMs: 0,
      },
    },
    0,
  );
  return bodies.filter(({ type }) => type.startsWith('stage.')).map(({ type }) => type);
}

const goesOn = ['stage.interrupted', 'stage.started'];

test.each([
  { contextTokens: undefined, inputTokens: 1_000_000, outputTokens: 1_000_000, is: goesOn },
  { contextTokens: 8192, inputTokens: 4096, outputTokens: 4095, is: goesOn },
  { contextTokens: 8192, inputTokens: 4096, outputTokens: 4096, is: ['stage.completed'] },
  { contextTokens: 8192, inputTokens: 8000, outputTokens: 4096, is: ['stage.completed'] },
])(
  'of a window of $contextTokens tokens $inputTokens and $outputTokens are used: $is',
  ({ contextTokens, is, ...usage }) => {
    expect(decideCut(contextTokens, usage)).toEqual(is);
  },
);
