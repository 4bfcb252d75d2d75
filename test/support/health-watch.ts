import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { rawRequest } from './raw-request.ts';

/** Asks `/healthz` of the port that is its data, ten times a second, until it is told to stop; says the slowest in ms. */
const port = workerData as number;
let slowestMs = 0;
const watch = { isOver: false };

parentPort?.once('message', () => {
  watch.isOver = true;
});
while (!watch.isOver) {
  const startedMs = performance.now();
  const answer = await rawRequest(port, { path: '/healthz' }).catch(() => undefined);
  slowestMs = Math.max(slowestMs, answer?.status === 200 ? performance.now() - startedMs : Infinity);
  // Ten times a second, whatever the server does.
  await sleep(100);
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
parentPort?.postMessage(slowestMs);
