import type { RunSummary } from '@stagewire/client';
import { expect, test } from 'vitest';
import { listLines } from '../../cli/render/render-list.ts';
import { plain } from '../support/rendered-run.ts';

const summary: RunSummary = {
  runId: 'run_0000000001',
  task: 'a clock',
  owner: 'local',
  labels: {},
  queuedAt: '2026-01-01T10:20:30.456Z',
  status: 'completed',
  current: null,
};
const source = { runId: 'run_0000000000' };

test('the list shows how a run started if it started from another one', () => {
  const items: RunSummary[] = [
    { ...summary, from: source },
    { ...summary, from: { ...source, stage: 2 } },
    { ...summary, from: { ...source, stage: 2, attempt: 1 } },
    summary,
  ];
  const start = 'run_0000000001  2026-01-01 10:20:30Z  completed';
  expect(listLines({ items }, plain)).toEqual([
    `${start}  follow-up  a clock`,
    `${start}  rerun      a clock`,
    `${start}  fork       a clock`,
    `${start}             a clock`,
  ]);
  expect(listLines({ items: [summary] }, plain)).toEqual([`${start}  a clock`]);
});
