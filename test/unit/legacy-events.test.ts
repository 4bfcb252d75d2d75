import { expect, test } from 'vitest';
import type { RunState } from '@stagewire/shared';
import { legacyEvents } from '../../server/legacy/legacy-events.ts';
import { fold } from '../../shared/fold.ts';
import { sloppy } from '../support/rendered-run.ts';

test('files, truncated texts and repairs are sent to clients of the legacy API', () => {
  let run: RunState | undefined;
  const told = sloppy.flatMap((event) => {
    run = fold(run, event);
    return legacyEvents(run, event);
  });
  const messages = told.flatMap(({ event, data }) => (event === 'system_message' ? [data['message']] : []));
  expect(messages).toEqual([
    'Coder reached the limit of its length.',
    'Coder continues (attempt 2, continue).',
    'Coder removed old.ts.',
    'Coder wrote no file b.ts: it was never closed.',
    ...['c.ts', 'd.ts', 'e.ts', 'f.ts', 'g.ts'].map(
      (path) => `Coder wrote no file ${path}: it leaves parts of the file out.`,
    ),
    'Coder is asked again: b.ts was left open.',
    'Coder wrote no file c.ts: it leaves parts of the file out.',
    'Review: unknown, 0 issues.',
  ]);
  const last = told.at(-1);
  expect(last).toMatchObject({ event: 'task_completed', data: { metrics: { files: ['a.ts', 'b.ts'] } } });
});
