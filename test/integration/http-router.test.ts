import type { IncomingMessage } from 'node:http';
import { StagewireError } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { startApiServer } from '../support/api-server.ts';
import { openRequest, rawBytes, rawBytesFor, rawRequest } from '../support/raw-request.ts';
import type { RawAnswer } from '../support/raw-request.ts';

const json = { 'content-type': 'application/json' };

test('a query is a GET, its input JSON in the address', async () => {
  await using api = await startApiServer();
  const runId = await api.runs.begin();

  const answer = await rawRequest(api.port, { path: query('runs.get', { runId }) });

  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toContain('application/json');
  expect(JSON.parse(answer.body)).toMatchObject({ result: { data: { runId, status: 'running' } } });
});

test('a mutation is a POST', async () => {
  await using api = await startApiServer();

  const answer = await rawRequest(api.port, {
    method: 'POST',
    path: '/trpc/runs.start',
    headers: json,
    body: JSON.stringify({ task: 'write a parser' }),
  });

  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({
    result: { data: { runId: 'run_scripted0001', cursor: expect.stringMatching(/^1-1-[0-9a-f]{8}$/) } },
  });
});

test('a subscription is a stream of events whose data is the bare event, and ends with `return`', async () => {
  await using api = await startApiServer();
  const runId = await api.runs.begin({ runId: 'run_pinned-0001' });
  await api.runs.finish(runId);

  const answer = await rawRequest(api.port, { path: query('runs.events', { runId }) });

  expect(answer.headers['content-type']).toBe('text/event-stream');
  expect(answer.headers['cache-control']).toContain('no-store');
  const frames = answer.body.split('\n\n').map((frame) => frame.trim());
  expect(frames[0]).toBe('event: connected\ndata: {"reconnectAfterInactivityMs":45000}');
  expect(frames).toContain(
    `data: {"type":"run.started","runId":"${runId}","seq":2,"at":"2026-01-01T00:00:00.000Z"}\nid: 1-2-ace26743`,
  );
  expect(answer.body.trimEnd().endsWith('event: return\ndata:')).toBe(true);
});

test('a stream goes on after Last-Event-ID', async () => {
  await using api = await startApiServer();
  const runId = await api.runs.begin({ runId: 'run_pinned-0001' });
  await api.runs.finish(runId);

  const answer = await rawRequest(api.port, {
    path: query('runs.events', { runId }),
    headers: { 'last-event-id': '1-4-55a2b28f' },
  });

  expect([...answer.body.matchAll(/^id: (\S+)$/gm)].map((match) => match[1])).toEqual([
    '1-5-ace26743',
    '1-6-ace26743',
  ]);
});

test('a stream that is quiet gets pings', async () => {
  await using api = await startApiServer({ ssePingMs: 20 });
  const stream = await openRequest(api.port, { path: query('runs.feed', {}) });

  expect(await readUntil(stream, 'event: ping')).toContain('event: connected');
  stream.destroy();
});

test('an error of a subscription comes as `serialized-error`, in the same shape', async () => {
  await using api = await startApiServer();

  const answer = await rawRequest(api.port, { path: query('runs.events', { runId: 'run_missing-0001' }) });

  const data = /event: serialized-error\ndata: (.*)/.exec(answer.body)?.[1] ?? '{}';
  expect(JSON.parse(data)).toMatchObject({
    data: { httpStatus: 404, stagewire: { code: 'RUN_NOT_FOUND', retryable: false } },
  });
});

test.each<[number, string, (port: number) => Promise<RawAnswer>]>([
  [400, 'INVALID_INPUT', (port) => rawRequest(port, { path: query('runs.get', {}) })],
  [400, 'INVALID_INPUT', (port) => rawRequest(port, { path: '/trpc/runs.get?input=%7Bnot' })],
  [400, 'INVALID_INPUT', (port) => post(port, 'runs.start', '{"task":')],
  [404, 'UNKNOWN_PROCEDURE', (port) => rawRequest(port, { path: '/trpc/runs.destroy' })],
  [404, 'UNKNOWN_PROCEDURE', (port) => rawRequest(port, { path: '/nothing' })],
  [
    404,
    'RUN_NOT_FOUND',
    (port) => rawRequest(port, { path: query('runs.get', { runId: 'run_missing-0001' }) }),
  ],
  [405, 'INVALID_INPUT', (port) => rawRequest(port, { path: query('runs.start', { task: 't' }) })],
  [413, 'TOO_LARGE', (port) => post(port, 'runs.start', JSON.stringify({ task: 't'.repeat(100_001) }))],
  [413, 'TOO_LARGE', (port) => post(port, 'runs.start', JSON.stringify({ task: 't'.repeat(9_000_000) }))],
  [
    415,
    'INVALID_INPUT',
    (port) =>
      rawRequest(port, {
        method: 'POST',
        path: '/trpc/runs.start',
        headers: { 'content-type': 'text/plain' },
        body: '{}',
      }),
  ],
  [426, 'INVALID_INPUT', (port) => rawRequest(port, { path: '/trpc' })],
  [400, 'INVALID_INPUT', (port) => rawRequest(port, { path: '/trpc/%E0%A4%A' })],
  [400, 'INVALID_INPUT', (port) => rawRequest(port, { path: '/%E0%A4%A' })],
])('status %i and %s', async (status, code, ask) => {
  await using api = await startApiServer();

  const answer = await ask(api.port);

  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toMatchObject({ error: { data: { stagewire: { code } } } });
  expect(answer.body).not.toMatch(/node_modules|\.ts:|stack/);
  expect(api.defects).toEqual([]);
});

test.each([
  ['STAGE_MISMATCH', 412],
  ['RUN_ENDED', 409],
  ['OVERLOADED', 503],
  ['TOO_MANY_PENDING', 429],
] as const)('%s has status %i', async (code, status) => {
  await using api = await startApiServer();
  api.runs.refuseNext(new StagewireError(code, 'refused'));

  const answer = await post(api.port, 'runs.start', JSON.stringify({ task: 't' }));

  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toMatchObject({
    error: { data: { httpStatus: status, stagewire: { code } } },
  });
});

test('a batch over HTTP is answered in order, and limited', async () => {
  await using api = await startApiServer({ limits: { maxHttpBatchSize: 2 } });
  const batch = (count: number) =>
    rawRequest(api.port, {
      path: `/trpc/${Array(count).fill('server.info').join(',')}?batch=1&input=%7B%7D`,
    });

  expect(JSON.parse((await batch(2)).body)).toHaveLength(2);
  expect(JSON.parse((await batch(3)).body)).toMatchObject({
    error: { data: { stagewire: { code: 'INVALID_INPUT' } } },
  });
});

test('a body that is sent in pieces is cut off at the limit', async () => {
  await using api = await startApiServer({ limits: { maxMessageBytes: 1000 } });
  const head = [
    'POST /trpc/runs.start HTTP/1.1',
    `Host: 127.0.0.1:${api.port}`,
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
    '',
    '',
  ].join('\r\n');
  const piece = `400\r\n${'x'.repeat(0x400)}\r\n`;

  const received = await rawBytes(api.port, head, piece, piece, piece);

  expect(received).toContain('HTTP/1.1 413');
  expect(await api.log.lastGlobalPosition()).toBe(0);
});

// Broken once: without a look at the length in the headers, the answer waited for bytes that never came.
test('a body whose headers say that it is too large is refused before any of it has come', async () => {
  await using api = await startApiServer({ limits: { maxMessageBytes: 1000 } });
  const answerTo = (contentLength: number) =>
    rawBytesFor(
      500,
      api.port,
      [
        'POST /trpc/runs.start HTTP/1.1',
        `Host: 127.0.0.1:${api.port}`,
        'Content-Type: application/json',
        `Content-Length: ${contentLength}`,
        '',
        '',
      ].join('\r\n'),
    );

  const received = await answerTo(1001);

  expect(received).toContain('HTTP/1.1 413');
  expect(received).toContain('TOO_LARGE');
  expect(await answerTo(1000)).toBe('');
});

test('every answer says no-store and nosniff, and none says what serves it', async () => {
  await using api = await startApiServer();

  for (const path of ['/healthz', '/readyz', '/nothing', '/trpc/server.info', '/trpc/runs.destroy']) {
    const { headers } = await rawRequest(api.port, { path });
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['server']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
  }
});

test('health and readiness', async () => {
  let ready = false;
  await using api = await startApiServer({ isReady: () => ready });

  expect((await rawRequest(api.port, { path: '/healthz' })).status).toBe(200);
  expect((await rawRequest(api.port, { path: '/readyz' })).status).toBe(503);
  ready = true;
  expect((await rawRequest(api.port, { path: '/readyz' })).status).toBe(200);
});

test('a route that fails answers INTERNAL and is reported', async () => {
  const defect = new Error('sk-secret');
  await using api = await startApiServer({
    addRoutes: (app) => {
      app.get('/broken', () => {
        throw defect;
      });
    },
  });

  const answer = await rawRequest(api.port, { path: '/broken' });

  expect(answer.status).toBe(500);
  expect(answer.body).not.toContain('secret');
  expect(api.defects).toEqual([defect]);
});

test('a follower that leaves stops its subscription', async () => {
  await using api = await startApiServer();
  const runId = await api.runs.begin();
  const left = Promise.withResolvers<void>();
  const watch = api.log.watch.bind(api.log);
  api.log.watch = (...args) => {
    const stop = watch(...args);
    return () => {
      left.resolve();
      stop();
    };
  };

  const stream = await openRequest(api.port, { path: query('runs.events', { runId }) });
  await readUntil(stream, 'stage.started');
  stream.destroy();

  await expect(left.promise).resolves.toBeUndefined();
});

test('when the server closes, a stream is cut and not told that it was complete', async () => {
  const api = await startApiServer();
  const runId = await api.runs.begin();
  const stream = await openRequest(api.port, { path: query('runs.events', { runId }) });
  let received = await readUntil(stream, 'stage.started');

  const closed = api[Symbol.asyncDispose]();

  await expect(
    (async () => {
      for await (const chunk of stream) received += String(chunk);
    })(),
  ).rejects.toThrow('aborted');
  await closed;
  expect(received).not.toContain('event: return');
});

function query(path: string, input: unknown): string {
  return `/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`;
}

function post(port: number, path: string, body: string): Promise<RawAnswer> {
  return rawRequest(port, { method: 'POST', path: `/trpc/${path}`, headers: json, body });
}

function readUntil(stream: IncomingMessage, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const look = (chunk: Buffer) => {
      received += chunk.toString('utf8');
      if (!received.includes(text)) return;
      stream.off('data', look);
      stream.pause();
      resolve(received);
    };
    stream.on('data', look);
    stream.once('error', reject);
  });
}

test.each(['Forwarded: for=192.0.2.1', 'X-Forwarded-For: 192.0.2.1'])(
  'what the server holds is not told through a proxy (%s)',
  async (header) => {
    await using api = await startApiServer();
    const [name = '', value = ''] = header.split(': ');
    const path = '/readyz?verbose';
    expect((await rawRequest(api.port, { path })).body).toContain('memory');
    expect((await rawRequest(api.port, { path, headers: { [name]: value } })).body).not.toContain('memory');
  },
);
