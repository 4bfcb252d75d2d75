import { expect, test } from 'vitest';
import type { ReviewRecorded, RunPage, RunState, RunSummary } from '@stagewire/client';
import { createPaint } from '../../cli/terminal/paint.ts';
import { listLines } from '../../cli/render/render-list.ts';
import { verdictLines } from '../../cli/render/render-review.ts';
import { summaryLines } from '../../cli/render/render-summary.ts';

// Statuses and verdicts may come to be added; the commands fell over the first that they did not know.
const paint = createPaint(process.stdout);

test('runs of a status and a verdict of a later version are listed', () => {
  const runs = [{ status: 'paused' }, { status: 'completed', verdict: 'split' }].map((differs) => ({
    runId: 'run_later-version',
    task: 'x',
    queuedAt: '2026-01-01T00:00:00.000Z',
    current: null,
    ...differs,
  })) as unknown as RunSummary[];
  const page: RunPage = { items: runs, feedCursor: '' };
  expect(listLines(page, paint).join('\n')).toMatch(/paused.*\n.*completed, split/);
});

test('a verdict of a later version is shown as it is called', () => {
  const recorded = { verdict: 'split', issues: [] } as unknown as ReviewRecorded;
  expect(verdictLines(recorded, paint).join('\n')).toContain('split');
  const run = {
    status: 'completed',
    verdict: 'split',
    stages: [],
    files: [],
    review: null,
    limits: {},
  } as unknown as RunState;
  const usage = { inputTokens: 1, outputTokens: 1, reasoningTokens: 0, source: 'final' } as const;
  expect(summaryLines({ ...run, usage, runId: 'run_later-version' }, paint)[0]).toContain('split');
});
