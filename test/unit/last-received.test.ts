import { expect, test } from 'vitest';
import { leftRunText } from '../../cli/render/last-received.ts';

const last = { status: 'running', atMs: 1000 } as const;

// Broken once: "The run goes on" stood there also while no server answered.
test.each([
  [{ last, isConnected: true, nowMs: 2000 }, 'The run goes on.'],
  [{ last, isConnected: false, nowMs: 2000 }, 'The run was running when last heard of, 1 s ago.'],
  [{ last, isConnected: true, nowMs: 13_900 }, 'The run was running when last heard of, 12 s ago.'],
  [
    { last: { status: 'queued', atMs: 0 }, isConnected: false, nowMs: 65_000 },
    'The run was queued when last heard of, 1 min 5 s ago.',
  ],
  [{ last: undefined, isConnected: true, nowMs: 2000 }, 'Nothing was heard of the run.'],
] as const)('of a run that is left, %j: %s', (leaving, says) => {
  expect(leftRunText(leaving)).toBe(says);
});
