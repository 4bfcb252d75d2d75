import { expect, test } from 'vitest';
import { startApiServer } from '../support/api-server.ts';
import { connect } from '../support/bare-socket.ts';
import { until } from '../support/until.ts';

// A peer that asked and never read had its answers held back, but its further questions were read and kept: 38 MB of
// them in a moment, and as much as it liked within the 30 seconds after which it is let go.
test('the questions of a peer that never reads are not piled up, and answered when it reads', async () => {
  await using api = await startApiServer({ limits: { highWaterMarkBytes: 16 * 1024, maxCallsInFlight: 4 } });
  await using greedy = await connect(api.port);
  const runId = await api.runs.begin();
  await api.runs.say(runId, 'x'.repeat(8_000));
  greedy.socket.pause();

  const count = 5_000;
  const params = { path: 'runs.get', input: { runId } };
  for (let id = 1; id <= count; id += 1) greedy.send({ id, method: 'query', params, pad: 'x'.repeat(7_000) });
  const sentBytes = greedy.socket.bufferedAmount;
  await untilQuiet(() => greedy.socket.bufferedAmount);

  // The kernels of both ends take some megabytes, the server next to nothing.
  expect(sentBytes).toBeGreaterThan(25_000_000);
  expect(greedy.socket.bufferedAmount).toBeGreaterThan(sentBytes / 2);
  greedy.socket.resume();
  for (const id of [1, count]) expect(await greedy.next(id)).toHaveProperty('result');
}, 20_000);

/** Resolves when a measure has not changed for a while. */
async function untilQuiet(measure: () => number): Promise<void> {
  let last = Number.NaN;
  const isQuiet = () => {
    const before = last;
    last = measure();
    return last === before;
  };
  await until(isQuiet, 'the socket to take no more', { intervalMs: 300 });
}
