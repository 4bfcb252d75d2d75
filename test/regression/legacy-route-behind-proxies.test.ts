import { expect, test } from 'vitest';
import { startServerProcess } from '../support/server-process.ts';

async function startedStream(url: string): Promise<string> {
  const started = await fetch(`${url}/api/stream/task`, {
    method: 'POST',
    body: JSON.stringify({ task: 'A stack' }),
  });
  const { stream_id: id } = (await started.json()) as { stream_id: string };
  return `${url}/api/stream/events/${id}`;
}

// What compresses (Express, webpack's server) held the stream back in its buffer, for as long as the run lasted.
test('the stream of the legacy route forbids compression', async () => {
  await using server = await startServerProcess();
  const stream = await fetch(await startedStream(server.url));
  expect(stream.headers.get('cache-control')).toBe('no-store, no-transform');
  await stream.body?.cancel();
});

// A client that keeps its last id in a variable sends it from the first time on, empty; it got 400.
test.each([
  { where: 'as the header', headers: { 'last-event-id': '' }, query: '' },
  { where: 'in the query', headers: {}, query: '?lastEventId=' },
])('an empty last id $where is none', async ({ headers, query }) => {
  await using server = await startServerProcess();
  const stream = await fetch((await startedStream(server.url)) + query, { headers });
  expect(stream.status).toBe(200);
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toContain('event: task_started');
  await reader?.cancel();
});
