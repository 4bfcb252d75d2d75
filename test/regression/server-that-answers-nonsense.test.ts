import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { connect, StagewireClientError, StagewireError, type ConnectOptions } from '../../client/index.ts';
import { startNonsenseServer } from '../support/nonsense-server.ts';

// What came over the socket was thrown in its message handler, where nobody could catch it, and ended the process; a
// 307 made the client send a task to another origin; an answer without an end filled the memory.

const runId = 'run_nonsense-1';
const at = '2026-01-01T00:00:00.000Z';
const queued = { type: 'run.queued', runId, seq: 1, at };
const delta = {
  type: 'stage.delta',
  runId,
  seq: 1,
  at,
  stage: 1,
  role: 'coder',
  attempt: 1,
  offset: 0,
  text: 'x',
};

function client(url: string, options: Partial<ConnectOptions> = {}) {
  const backoff = { minDelayMs: 1, firstDelayMs: 10, maxDelayMs: 20 };
  return connect({ url, backoff, callTimeoutMs: 1000, ...options });
}

const data = (id: number, event: unknown, cursor: unknown = '1-1-x') =>
  JSON.stringify({ id, result: { type: 'data', id: cursor, data: { id: cursor, data: event } } });
const json = (make: (id: number) => unknown) => (socket: WebSocket, id: number) =>
  socket.send(JSON.stringify(make(id)));

const frames: Readonly<Record<string, (socket: WebSocket, id: number) => void>> = {
  'text that is not JSON': (socket) => socket.send('hello'),
  nothing: (socket) => socket.send(''),
  'a page of HTML': (socket) => socket.send('<!doctype html><title>x</title>'),
  'half of JSON': (socket, id) => socket.send(data(id, queued).slice(0, 40)),
  'a binary frame': (socket) => socket.send(Buffer.from([0, 1, 2, 3])),
  'JSON in a binary frame': (socket, id) => socket.send(Buffer.from(data(id, queued)), { binary: true }),
  null: json(() => null),
  'a number': json(() => 7),
  'a string': json(() => 'x'),
  'a list': json(() => []),
  'a list of frames': json((id) => [{ id, result: { type: 'started' } }]),
  'an empty object': json(() => ({})),
  'a method that is no string': json(() => ({ id: null, method: 7 })),
  'an id that is an object': json(() => ({ id: {}, result: { type: 'data' } })),
  'no result': json((id) => ({ id })),
  'a result that is null': json((id) => ({ id, result: null })),
  'a result that is a string': json((id) => ({ id, result: 'x' })),
  'a result of an odd type': json((id) => ({ id, result: { type: 'nothing', data: 1 } })),
  'a result whose cursor is a number': (socket, id) => socket.send(data(id, queued, 7)),
  'an error that is null': json((id) => ({ id, error: null })),
  'an error without a code': json((id) => ({ id, error: { message: 'x' } })),
  'an error whose data is a list': json((id) => ({ id, error: { code: -32000, message: 'x', data: [] } })),
  'no data': json((id) => ({ id, result: { type: 'data' } })),
  'data that is not tracked': json((id) => ({ id, result: { type: 'data', data: queued } })),
  'an event that is null': (socket, id) => socket.send(data(id, null)),
  'an event that is a string': (socket, id) => socket.send(data(id, 'run.queued')),
  'an event that is a list': (socket, id) => socket.send(data(id, [queued])),
  'an event without a type': (socket, id) => socket.send(data(id, { ...queued, type: undefined })),
  'an event whose seq is a string': (socket, id) => socket.send(data(id, { ...queued, seq: '1' })),
  'an event whose seq is no integer': (socket, id) => socket.send(data(id, { ...queued, seq: 1.5 })),
  'an event of another run': (socket, id) => socket.send(data(id, { ...queued, runId: 'run_other-0001' })),
  'a delta whose text is a number': (socket, id) => socket.send(data(id, { ...delta, text: 7 })),
  'a delta without an offset': (socket, id) => socket.send(data(id, { ...delta, offset: undefined })),
  'a first event that cannot be folded': (socket, id) => socket.send(data(id, delta)),
};

test.each(Object.entries(frames))(
  '%s over the socket ends what is followed with an error of ours',
  async (_what, say) => {
    await using server = await startNonsenseServer({ onSubscription: say });
    await using stagewire = client(server.url);
    const failure = await stagewire
      .run(runId)
      .result()
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(failure).toBeInstanceOf(StagewireClientError);
    expect(['NOT_STAGEWIRE', 'BROKEN_STREAM']).toContain((failure as StagewireClientError).code);
    expect((failure as Error).message).not.toMatch(/undefined|TypeError|Cannot/);
  },
);

test('nonsense in the middle of a good stream is told too, and so is how the connection stands', async () => {
  await using server = await startNonsenseServer({
    onSubscription(socket, id) {
      socket.send(JSON.stringify({ id, result: { type: 'started' } }));
      socket.send('}{');
    },
  });
  await using stagewire = client(server.url);
  await expect(stagewire.feed().next()).rejects.toMatchObject({ code: 'NOT_STAGEWIRE' });
  expect(stagewire.connection).toMatchObject({ status: 'refused', error: { code: 'NOT_STAGEWIRE' } });
});

const html = { 'content-type': 'text/html' };
const jsonType = { 'content-type': 'application/json' };
const answers: Readonly<Record<string, readonly [number, Readonly<Record<string, string>>, string]>> = {
  'a page of HTML': [200, html, '<title>x</title>'],
  'nothing at all': [204, {}, ''],
  'JSON that is not of tRPC': [200, jsonType, '{"ok":true}'],
  'JSON null': [200, jsonType, 'null'],
  'a list': [200, jsonType, '[]'],
  'a result without its fields': [200, jsonType, '{"result":{"data":{}}}'],
  'a result whose run id is a number': [200, jsonType, '{"result":{"data":{"runId":7,"cursor":"x"}}}'],
  'a result that is a list': [200, jsonType, '{"result":{"data":[]}}'],
  'what says that it is JSON and is not': [200, jsonType, '<title>x</title>'],
  'an error of another shape': [400, jsonType, '{"error":"no"}'],
  'a code that no version knows': [
    400,
    jsonType,
    '{"error":{"message":"x","data":{"stagewire":{"code":"SOON"}}}}',
  ],
  'a 401 of something else': [401, html, '<h1>401</h1>'],
  'a 401 in JSON of something else': [401, jsonType, '{"message":"who are you?"}'],
};

test.each(Object.entries(answers))(
  '%s as the answer to a start is told as an error of ours',
  async (_what, [status, headers, body]) => {
    await using server = await startNonsenseServer({
      onCall: (_request, response) => void response.writeHead(status, headers).end(body),
    });
    await using stagewire = client(server.url);
    const failure = await stagewire.start({ task: 'secret' }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure instanceof StagewireClientError || failure instanceof StagewireError).toBe(true);
    expect(['NOT_STAGEWIRE', 'UNKNOWN_REFUSAL']).toContain((failure as StagewireClientError).code);
  },
);

test.each([301, 302, 303, 307, 308])(
  'a redirect (%i) is not followed: no task reaches another origin',
  async (status) => {
    const stolen: string[] = [];
    await using other = await startNonsenseServer({
      onCall(request, response) {
        stolen.push(request.url ?? '');
        response.writeHead(200, jsonType).end('{"result":{"data":{"runId":"run_stolen-01","cursor":"x"}}}');
      },
    });
    await using server = await startNonsenseServer({
      onCall: (_request, response) =>
        void response.writeHead(status, { location: `${other.url}/login?secret=1` }).end(),
    });
    await using stagewire = client(server.url);
    const failing = stagewire.start({ task: 'secret' });
    await expect(failing).rejects.toMatchObject({ code: 'NOT_STAGEWIRE', details: { status } });
    await expect(failing).rejects.toThrow(`${other.url}/login`);
    await expect(failing).rejects.not.toThrow('secret');
    await expect(stagewire.info()).rejects.toMatchObject({ code: 'NOT_STAGEWIRE' });
    expect(stolen).toEqual([]);
  },
);

test('an answer without an end is read up to a bound', async () => {
  let sent = 0;
  await using server = await startNonsenseServer({
    onCall(_request, response) {
      response.writeHead(200, jsonType);
      response.write('{"result":{"data":"');
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536;
      };
      response.on('drain', more);
      more();
    },
  });
  await using stagewire = client(server.url, { maxAnswerBytes: 200_000 });
  await expect(stagewire.info()).rejects.toMatchObject({
    code: 'ANSWER_TOO_LARGE',
    details: { maxAnswerBytes: 200_000 },
  });
  // What the system holds of a connection that is not read comes on top.
  expect(sent).toBeLessThan(32 * 1024 * 1024);
});
