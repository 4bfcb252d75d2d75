import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startApiServer } from '../support/api-server.ts';

// A search through 100,000 runs continued although its client had disconnected: fifty clients that came and went kept
// the server busy for minutes.

/** A server whose lists are never answered, and the signals that they got. */
async function open() {
  const api = await startApiServer();
  const signals: (AbortSignal | undefined)[] = [];
  api.log.listPage = async (_query, signal) => {
    signals.push(signal);
    if (signal !== undefined) await once(signal, 'abort');
    return { runs: [] };
  };
  return { api, signals, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

test('over a WebSocket the scan of a list ends with its connection', async () => {
  await using opened = await open();
  const socket = new WebSocket(`ws://127.0.0.1:${opened.api.port}/trpc`);
  await once(socket, 'open');
  const params = { path: 'runs.list', input: { search: 'zebra' } };
  socket.send(JSON.stringify({ id: 1, method: 'query', params }));
  await expect.poll(() => opened.signals.length).toBe(1);
  expect(opened.signals[0]?.aborted).toBe(false);
  socket.terminate();
  await expect.poll(() => opened.signals[0]?.aborted).toBe(true);
});

test('over HTTP the scan of a list ends with its request', async () => {
  await using opened = await open();
  const leaving = new AbortController();
  const input = encodeURIComponent(JSON.stringify({ search: 'zebra' }));
  const url = `http://127.0.0.1:${opened.api.port}/trpc/runs.list?input=${input}`;
  const asked = fetch(url, { signal: leaving.signal }).catch(() => undefined);
  await expect.poll(() => opened.signals.length).toBe(1);
  expect(opened.signals[0]?.aborted).toBe(false);
  leaving.abort();
  await asked;
  await expect.poll(() => opened.signals[0]?.aborted).toBe(true);
});
