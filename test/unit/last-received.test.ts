import { expect, test } from 'vitest';
import { detachedRunText } from '../../cli/render/last-received.ts';

const last = { status: 'running', atMs: 1000 } as const;

// Broken once: the run was also reported as continuing while no server responded.
test.each([
  [{ last, isConnected: true, nowMs: 2000 }, 'The run continues.'],
  [{ last, isConnected: false, nowMs: 2000 }, 'The last known status of the run is running, 1 s ago.'],
  [{ last, isConnected: true, nowMs: 13_900 }, 'The last known status of the run is running, 12 s ago.'],
  [
    { last: { status: 'queued', atMs: 0 }, isConnected: false, nowMs: 65_000 },
    'The last known status of the run is queued, 1 min 5 s ago.',
  ],
  [{ last: undefined, isConnected: true, nowMs: 2000 }, 'No event of the run was received.'],
] as const)('of a run that is left, %j: %s', (leaving, says) => {
  expect(detachedRunText(leaving)).toBe(says);
});
