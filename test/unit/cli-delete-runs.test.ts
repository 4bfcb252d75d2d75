import { StagewireError } from '@stagewire/shared';
import { StagewireClientError, type Stagewire } from '@stagewire/client';
import { expect, test } from 'vitest';
import { deleteRuns } from '../../cli/delete/delete-runs.ts';
import { selectRuns } from '../../cli/delete/select-runs.ts';
import { systemClock } from '../../server/runtime/clock.ts';

const runIds = Array.from({ length: 1000 }, (_, index) => `run_${String(index).padStart(8, '0')}`);

function clientThat(fail: (call: number) => Error) {
  let calls = 0;
  const client = {
    delete: () => Promise.reject(fail((calls += 1))),
    list: () => Promise.reject(fail((calls += 1))),
  };
  return { client: client as unknown as Stagewire, calls: () => calls };
}

test.each(['UNREACHABLE', 'OUTCOME_UNKNOWN'] as const)(
  'when the server is gone (%s), no further run waits for a timeout',
  async (code) => {
    const { client, calls } = clientThat(() => new StagewireClientError(code, 'No response.'));
    const results = await deleteRuns(client, runIds, { clock: systemClock });
    expect(calls()).toBeLessThanOrEqual(8);
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(calls()).fill('failed'));
  },
);

test('a rejected deletion does not stop the others', async () => {
  const { client, calls } = clientThat(
    () =>
      new StagewireError('RUN_NOT_FOUND', 'There is no such run.', { details: { runId: 'run_12345678' } }),
  );
  expect(await deleteRuns(client, runIds, { clock: systemClock })).toHaveLength(1000);
  expect(calls()).toBe(1000);
});

test('runs that are named are not looked up: a search for each would read the whole index', async () => {
  const { client, calls } = clientThat(() => new Error('called'));
  expect(await selectRuns(client, { runIds: [...runIds, ...runIds] })).toEqual(
    runIds.map((runId) => ({ runId })),
  );
  expect(calls()).toBe(0);
});
