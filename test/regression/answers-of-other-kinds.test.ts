import { gzipSync } from 'node:zlib';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { connect, type ConnectOptions, type RunEvent } from '../../client/index.ts';
import { startNonsenseServer } from '../support/nonsense-server.ts';

// Valid frames and answers that are wrong in what they say: of another run, command or subscription, twice, too late.

const runId = 'run_nonsense-1';
const at = '2026-01-01T00:00:00.000Z';
const actor = { id: 'ann', kind: 'user' };
const queued = {
  type: 'run.queued',
  runId,
  seq: 1,
  at,
  task: 'x',
  owner: 'local',
  actor,
  pipeline: { roles: ['coder'], maxRefinements: 0 },
  instructions: {},
  models: { default: 'rehearsal' },
  limits: { maxAttemptsPerStage: 8, maxDurationMs: 60_000 },
  labels: {},
  digest: 'x',
};
const started = { type: 'run.started', runId, seq: 2, at };
const ended = { type: 'run.cancelled', runId, seq: 3, at, usage: {}, durationMs: 1, commandId: 'x' };

type Say = (socket: WebSocket, id: number) => void;

function client(url: string, options: Partial<ConnectOptions> = {}) {
  const backoff = { minDelayMs: 1, firstDelayMs: 10, maxDelayMs: 20 };
  return connect({ url, backoff, callTimeoutMs: 1000, ...options });
}

const frame = (socket: WebSocket, message: object) => socket.send(JSON.stringify(message));
const give = (socket: WebSocket, id: unknown, ...events: readonly Readonly<Record<string, unknown>>[]) => {
  for (const event of events) {
    const cursor = `1-${Number(event['seq'])}-x`;
    frame(socket, { id, result: { type: 'data', id: cursor, data: { id: cursor, data: event } } });
  }
};

const whole: Readonly<Record<string, Say>> = {
  'each event twice': (socket, id) => give(socket, id, queued, queued, started, started, ended),
  'events that go back': (socket, id) => give(socket, id, queued, started, queued, started, ended),
  'events of a subscription that nobody has': (socket, id) => {
    give(socket, id + 1000, queued, ended);
    give(socket, 'x', queued, ended);
    give(socket, id, queued, started, ended);
  },
  'events behind the end': (socket, id) => {
    give(socket, id, queued, started, ended);
    frame(socket, { id, result: { type: 'stopped' } });
    give(socket, id, { ...started, seq: 4 });
  },
  'an error that is nobody’s': (socket, id) => {
    frame(socket, { id: null, error: { code: -32_603, message: 'x', data: { code: 'X', httpStatus: 500 } } });
    frame(socket, { id: id + 7, error: { code: -32_603, message: 'x', data: {} } });
    give(socket, id, queued, started, ended);
  },
  'a method that no version has': (socket, id) => {
    frame(socket, { id: null, method: 'dance', params: { now: true } });
    give(socket, id, queued, started, ended);
  },
  'events of types with names of JavaScript': (socket, id) =>
    give(
      socket,
      id,
      queued,
      { ...started, type: '__proto__' },
      { ...started, type: 'constructor', seq: 3 },
      { ...ended, seq: 4 },
    ),
  'a stage of a number that no memory holds': (socket, id) =>
    give(socket, id, queued, { ...started, type: 'run.started', stage: 4e15, attempt: 4e15 }, ended),
  'events that are said to be over before they are': (() => {
    let part = 0;
    return (socket, id) => {
      give(socket, id, ...[[queued], [started], [ended]][Math.min(2, part++)]!);
      frame(socket, { id, result: { type: 'stopped' } });
    };
  })(),
};

test.each(Object.entries(whole))('%s: each event is told once, to the end', async (_what, say) => {
  await using server = await startNonsenseServer({ onSubscription: say });
  await using stagewire = client(server.url);
  const types = (await Array.fromAsync(stagewire.run(runId).events(), ({ type }: RunEvent) => type)).filter(
    (type) => type !== 'run.started',
  );
  expect(types).toEqual(['run.queued', 'run.cancelled']);
});

const broken: Readonly<Record<string, Say>> = {
  'an event of another run behind good ones': (socket, id) =>
    give(socket, id, queued, { ...started, runId: 'run_another-01' }),
  'a gap that stays': (socket, id) => give(socket, id, queued, { ...started, seq: 9 }),
  'a seq below one': (socket, id) => give(socket, id, { ...queued, seq: -1 }),
  'a seq beyond all numbers': (socket, id) => give(socket, id, queued, { ...started, seq: 2 ** 60 }),
  'JSON that is nested deeply': (socket) => socket.send('['.repeat(200_000) + ']'.repeat(200_000)),
};

test.each(Object.entries(broken))('%s ends what is followed with an error of ours', async (_what, say) => {
  await using server = await startNonsenseServer({ onSubscription: say });
  await using stagewire = client(server.url);
  const result = stagewire.run(runId).result();
  await expect(result).rejects.toMatchObject({ name: 'StagewireClientError' });
  await expect(result).rejects.toMatchObject({
    code: expect.stringMatching(/^(BROKEN_STREAM|NOT_STAGEWIRE)$/),
  });
});

test('a server that only says "come back" is come back to with waits', async () => {
  let asked = 0;
  await using server = await startNonsenseServer({
    onSubscription(socket) {
      asked += 1;
      frame(socket, { id: null, method: 'reconnect' });
    },
  });
  await using stagewire = client(server.url, {
    backoff: { minDelayMs: 50, firstDelayMs: 100, maxDelayMs: 200 },
  });
  stagewire
    .run(runId)
    .events()
    .next()
    .catch(() => {});
  // Without waits it would have come back hundreds of times by then.
  await pause(600);
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThan(12);
});

const passing = [1001, 1005, 1011, 1012, 1013, 4000, 4400, 4999];
test.each(passing)('after a close with %i it is gone on, from the cursor', async (code) => {
  let n = 0;
  await using server = await startNonsenseServer({
    onSubscription(socket, id) {
      n += 1;
      if (n > 1) return give(socket, id, started, ended);
      give(socket, id, queued);
      if (code === 1005) socket.close();
      else socket.close(code, 'x');
    },
  });
  await using stagewire = client(server.url);
  const types = await Array.fromAsync(stagewire.run(runId).events(), ({ type }: RunEvent) => type);
  expect(types).toEqual(['run.queued', 'run.started', 'run.cancelled']);
});

test.each([
  [4401, 'UNAUTHENTICATED'],
  [4403, 'FORBIDDEN'],
  [4409, 'PROTOCOL_MISMATCH'],
] as const)(
  'a close with %i in the middle of a run is a refusal, %s, for all that is followed',
  async (code, name) => {
    let sockets = 0;
    await using server = await startNonsenseServer({
      onSubscription(socket, id) {
        sockets += 1;
        give(socket, id, queued);
        setTimeout(() => socket.close(code), 20);
      },
    });
    await using stagewire = client(server.url);
    const run = stagewire.run(runId);
    const ends = [run.result(), stagewire.run(runId).result(), Array.fromAsync(run.events())];
    for (const end of await Promise.allSettled(ends)) {
      expect(end).toMatchObject({ status: 'rejected', reason: { code: name } });
    }
    expect(stagewire.connection).toMatchObject({ status: 'refused', error: { code: name } });
    const before = sockets;
    // Silence is observed: several times as long as the wait before a socket.
    await pause(100);
    expect(sockets).toBe(before);
  },
);

const json = { 'content-type': 'application/json' };

// The handle was that of another run, and the outcome of a command with another id was waited for for ever.
test.each([
  ['start', '{"result":{"data":{"runId":"run_of-others-1","cursor":"x"}}}'],
  ['cancel', '{"result":{"data":{"commandId":"cmd_of-others-1","cursor":"x"}}}'],
  [
    'snapshot',
    `{"result":{"data":${JSON.stringify({ runId: 'run_of-others-1', status: 'queued', seq: 1, cursor: 'x', stages: [], commands: [] })}}}`,
  ],
] as const)('the answer of another %s is not taken for this one’s', async (what, body) => {
  await using server = await startNonsenseServer({
    onCall: (_request, response) => void response.writeHead(200, json).end(body),
  });
  await using stagewire = client(server.url);
  const asked =
    what === 'start'
      ? stagewire.start({ runId, task: 'x' })
      : what === 'cancel'
        ? stagewire.run(runId).cancel()
        : stagewire.run(runId).snapshot();
  await expect(asked).rejects.toMatchObject({
    code: 'NOT_STAGEWIRE',
    message: expect.stringContaining('asked for'),
  });
});

const info = JSON.stringify({ result: { data: { version: '1' } } });
const healing: Readonly<
  Record<string, readonly [number, Readonly<Record<string, string>>, string | Buffer]>
> = {
  'a 502 in HTML': [502, { 'content-type': 'text/html' }, '<h1>Bad Gateway</h1>'],
  'a 503 in JSON of a proxy': [503, { ...json, 'retry-after': '1' }, '{"message":"no upstream"}'],
  'a 504 without a body': [504, {}, ''],
  'a 520 in plain text': [520, { 'content-type': 'text/plain' }, 'unknown'],
  'a 429 of a proxy': [429, { 'content-type': 'text/html' }, 'slow down'],
  'a 408': [408, { connection: 'close' }, ''],
  'a 500 in JSON that is cut off': [500, json, '{"error":'],
  'gzip that is none': [200, { ...json, 'content-encoding': 'gzip' }, 'plain'],
};
test.each(Object.entries(healing))(
  '%s is asked again, and the answer behind it taken',
  async (_what, answer) => {
    let n = 0;
    await using server = await startNonsenseServer({
      onCall(_request, response) {
        n += 1;
        const [status, headers, body] = n > 2 ? [200, json, info] : answer;
        response.writeHead(status, headers).end(body);
      },
    });
    await using stagewire = client(server.url);
    expect(await stagewire.info()).toEqual({ version: '1' });
    expect(n).toBe(3);
  },
);

test.each([
  ['gzip', { 'content-encoding': 'gzip' }, gzipSync(info)],
  ['a byte order mark', {}, `﻿${info}`],
  ['a content type with a suffix', { 'content-type': 'application/problem+json; charset=utf-8' }, info],
] as const)('an answer with %s is read', async (_what, headers, body) => {
  await using server = await startNonsenseServer({
    onCall: (_request, response) => void response.writeHead(200, { ...json, ...headers }).end(body),
  });
  await using stagewire = client(server.url);
  expect(await stagewire.info()).toEqual({ version: '1' });
});

test.each([400, 403, 404, 405, 410, 413, 414, 426, 431, 451])(
  'a page with status %i of something in front is told at once, with the status',
  async (status) => {
    await using server = await startNonsenseServer({
      onCall: (_request, response) =>
        void response.writeHead(status, { 'content-type': 'text/html' }).end('<p>'),
    });
    await using stagewire = client(server.url);
    await expect(stagewire.start({ task: 'x' })).rejects.toMatchObject({
      code: 'NOT_STAGEWIRE',
      details: { status },
    });
  },
);
