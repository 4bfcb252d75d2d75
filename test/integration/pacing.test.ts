import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createPacedSocketClass } from '../../server/transport/paced-socket.ts';
import type { PacedSocket, PacedSocketClass } from '../../server/transport/paced-socket.ts';
import { textFrameOf } from '../../server/transport/text-frame.ts';
import { startApiServer } from '../support/api-server.ts';
import { connect, eventsOf } from '../support/bare-socket.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openRequest } from '../support/raw-request.ts';
import { until } from '../support/until.ts';

const markBytes = 256 * 1024;
/** Ten times what the kernels of both ends swallow before anything is left unsent. */
const texts: readonly string[] = Array.from({ length: 400 }, (_, index) => String(index).padEnd(65_536, '.'));

test('a reader that stalls has little more than the mark queued in the server, and misses nothing', async () => {
  await using api = await startApiServer();
  await using slow = await connect(api.port);
  const runId = await api.runs.begin();
  await api.runs.say(runId, ...texts);
  await api.runs.finish(runId);
  slow.socket.pause();
  const id = slow.subscribe('runs.events', { runId });

  let peakBytes = 0;
  for (let turn = 0; turn < 200; turn += 1) {
    await loopTurn();
    peakBytes = Math.max(peakBytes, api.server.unsentBytes);
  }
  expect(peakBytes).toBeGreaterThan(markBytes);
  expect(peakBytes).toBeLessThan(markBytes + 2 * 65_536);

  slow.socket.resume();
  const events = eventsOf(await slow.until(id, 'run.completed')) as unknown as readonly {
    seq: number;
    firstSeq?: number;
  }[];
  let lastSeq = 0;
  for (const event of events) {
    expect(event.firstSeq ?? event.seq).toBe(lastSeq + 1);
    lastSeq = event.seq;
  }
  expect(lastSeq).toBe(4 + texts.length + 2);
});

test('many subscriptions of one stalled reader stay within the mark together, also when it reads again', async () => {
  await using api = await startApiServer();
  await using slow = await connect(api.port);
  const runId = await api.runs.begin();
  await api.runs.say(runId, ...texts.slice(0, 100));
  slow.socket.pause();
  for (let index = 0; index < 40; index += 1) slow.subscribe('runs.events', { runId });
  await until(() => api.server.unsentBytes > markBytes, 'more than the mark to be unsent');

  let peakBytes = 0;
  for (let round = 0; round < 30; round += 1) {
    slow.socket.resume();
    for (let turn = 0; turn < 5; turn += 1) {
      await loopTurn();
      peakBytes = Math.max(peakBytes, api.server.unsentBytes);
    }
    slow.socket.pause();
    await loopTurn();
    peakBytes = Math.max(peakBytes, api.server.unsentBytes);
  }

  // The first time all forty were ready at once; after that they go one by one.
  expect(peakBytes).toBeLessThan(markBytes + 41 * 66_000);
});

test('a reader that stalls for too long is closed, and its neighbours never notice', async () => {
  await using api = await startApiServer({ limits: { slowReaderMs: 400, terminateAfterMs: 100 } });
  await using slow = await connect(api.port);
  await using fast = await connect(api.port);
  const runId = await api.runs.begin();
  slow.socket.pause();
  slow.subscribe('runs.events', { runId });
  const id = fast.subscribe('runs.events', { runId });
  for (const text of texts) {
    await api.runs.say(runId, text);
    await loopTurn();
  }

  await until(() => api.server.connectionCount === 1, 'the slow reader to be closed');

  await api.runs.finish(runId);
  const events = eventsOf(await fast.until(id, 'run.completed')) as unknown as readonly { text?: string }[];
  expect(events.reduce((sum, event) => sum + (event.text?.length ?? 0), 0)).toBe(400 * 65_536);
  expect(api.server.unsentBytes).toBe(0);
  slow.socket.resume();
  // The close frame stands behind what it did not read: it sees that frame or a connection that just ended.
  expect([4429, 1006]).toContain((await slow.closed).code);
});

test('being backed up counts only without a break', async () => {
  const clock = createFakeClock();
  await using peer = await connectPaced(clock);

  await backUp(peer);
  await clock.advance(29_000);
  await drain(peer);
  await backUp(peer);
  await clock.advance(29_000);
  expect(peer.server.readyState).toBe(peer.server.OPEN);
  await clock.advance(1_000);
  expect(peer.server.readyState).toBe(peer.server.CLOSING);
  expect(clock.nextTimerAt).toBe(clock.now() + 2_000);
  await clock.advance(2_000);
  await until(() => peer.server.readyState === peer.server.CLOSED, 'the socket to be closed');
  expect(clock.pendingTimers).toBe(0);
});

test('a reader that drains but never closes its end is terminated two seconds after the close', async () => {
  const clock = createFakeClock();
  await using peer = await connectPaced(clock);
  // Reads nothing, so no close frame comes back.
  peer.client.socket.pause();

  peer.server.closeOrTerminate(4409, 'PROTOCOL_MISMATCH');
  await clock.advance(1_999);
  expect(peer.server.readyState).toBe(peer.server.CLOSING);
  await clock.advance(1);
  await until(() => peer.server.readyState === peer.server.CLOSED, 'the socket to be closed');
});

test('whoever waits on a socket that closes wakes by its signal, not before', async () => {
  const clock = createFakeClock();
  await using peer = await connectPaced(clock);
  const leaving = new AbortController();
  let awake = false;
  peer.server.closeOrTerminate(4409, 'PROTOCOL_MISMATCH');

  const waiting = peer.server.drained(leaving.signal)?.then(() => (awake = true));
  await clock.runTurns();
  expect(awake).toBe(false);
  leaving.abort();
  await waiting;
  expect(peer.server.drained(leaving.signal)).toBeUndefined();
});

test('those who wait are let go one per turn of the event loop', async () => {
  const clock = createFakeClock();
  await using peer = await connectPaced(clock);
  const { signal } = new AbortController();
  await backUp(peer);
  const woken: number[] = [];
  const all = [1, 2, 3].map(async (who) => {
    await peer.server.drained(signal);
    woken.push(who);
  });

  await drain(peer);
  await until(() => woken.length > 0, 'the first to wake');
  expect(woken).toEqual([1]);
  await clock.runTurns();
  await Promise.all(all);
  expect(woken).toEqual([1, 2, 3]);
});

test('while far too much waits to be read by a peer, nothing more is read from it', async () => {
  const clock = createFakeClock();
  await using peer = await connectPaced(clock);

  await backUp(peer);
  for (let index = 0; index < 4; index += 1) peer.server.send('x'.repeat(500_000));
  expect(peer.server.isPaused).toBe(true);
  await drain(peer);
  await until(() => !peer.server.isPaused, 'the server to read again');

  expect(peer.server.readyState).toBe(peer.server.OPEN);
});

test('a peer that asks and never reads does not have its answers piled up', async () => {
  await using api = await startApiServer({ limits: { maxCallsInFlight: 4 } });
  await using greedy = await connect(api.port);
  const runId = await api.runs.begin();
  await api.runs.say(runId, ...texts.slice(0, 8));
  greedy.socket.pause();

  const params = { path: 'runs.get', input: { runId } };
  const ids = Array.from({ length: 60 }, (_, index) => index + 1);
  greedy.send(ids.map((id) => ({ id, method: 'query', params })));

  let peakBytes = 0;
  for (let turn = 0; turn < 300; turn += 1) {
    await loopTurn();
    peakBytes = Math.max(peakBytes, api.server.unsentBytes);
  }
  expect(peakBytes).toBeGreaterThan(markBytes);
  // Unpaced, 60 answers of half a megabyte: 30 MB.
  expect(peakBytes).toBeLessThan(5 * 600_000);
  greedy.socket.resume();
  for (const id of ids) expect(await greedy.next(id)).toHaveProperty('result');
});

test('a command is carried out although its own socket is backed up', async () => {
  await using api = await startApiServer();
  await using slow = await connect(api.port);
  const runId = await api.runs.begin();
  await api.runs.say(runId, ...texts);
  slow.socket.pause();
  slow.subscribe('runs.events', { runId });
  await until(() => api.server.unsentBytes > markBytes, 'more than the mark to be unsent');

  const commandId = '6f1e0d6e-94a1-4a43-8d3c-6c6a2f0f3a11';
  slow.send({
    id: 99,
    method: 'mutation',
    params: { path: 'runs.cancel', input: { runId, commandId, target: 'run' } },
  });

  await until(() => api.runs.commands.length === 1, 'the command');
  slow.socket.resume();
  expect(await slow.next(99)).toHaveProperty('result');
});

test('a reader of an event stream over HTTP that stalls for too long is cut', async () => {
  const served = Promise.withResolvers<Server>();
  await using api = await startApiServer({
    limits: { slowReaderMs: 100 },
    addRoutes: (app) => served.resolve(app.server),
  });
  const runId = await api.runs.begin();
  await api.runs.say(runId, ...texts);
  const server = await served.promise;
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

  const input = encodeURIComponent(JSON.stringify({ runId }));
  const stream = await openRequest(api.port, { path: `/trpc/runs.events?input=${input}` });
  expect(await connections()).toBe(1);
  await until(async () => (await connections()) === 0, 'the connection to be cut');

  stream.destroy();
});

test('frames that subscribers share arrive whole and in order among other messages, backed up or not', async () => {
  const clock = createFakeClock();
  await using peer = await connectPaced(clock);
  const { server, client } = peer;
  const received: string[] = [];
  client.socket.on('message', (data: Buffer) => received.push(data.toString()));
  // The lengths at which the header changes, texts of several bytes per character, and one beyond the mark.
  const sent = [0, 1, 125, 126, 127, 65_535, 65_536, markBytes - 10, markBytes, markBytes + 1]
    .flatMap((length) => ['.'.repeat(length), `${length} é日本🙂`])
    .flatMap((text) => [text, `and ${text.length}`]);
  const sendAll = () => {
    for (const [index, text] of sent.entries()) {
      if (index % 2 === 0) server.sendFrame(textFrameOf([Buffer.from(text)]));
      else server.sendText(text);
    }
  };

  for (const text of sent) {
    server.sendFrame(textFrameOf([Buffer.from(text)]));
    await drain(peer);
  }
  await until(() => received.length === sent.length, 'each message alone');
  client.socket.pause();
  const expected = [...sent];
  while (server.bufferedAmount <= markBytes) {
    sendAll();
    expected.push(...sent);
  }
  await drain(peer);
  await until(() => received.length === expected.length, 'all messages');
  expect(received).toEqual(expected);
});

interface PacedPeer extends AsyncDisposable {
  readonly server: PacedSocket;
  readonly client: Awaited<ReturnType<typeof connect>>;
}

/** One paced socket and its peer, on a clock that the test moves. */
async function connectPaced(clock: ReturnType<typeof createFakeClock>): Promise<PacedPeer> {
  const wss = new WebSocketServer<PacedSocketClass>({
    host: '127.0.0.1',
    port: 0,
    WebSocket: createPacedSocketClass({ clock }),
  });
  await new Promise((resolve) => wss.once('listening', resolve));
  const connected = new Promise<PacedSocket>((resolve) => wss.once('connection', resolve));
  const client = await connect((wss.address() as { port: number }).port);
  return {
    server: await connected,
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await new Promise((resolve) => wss.close(resolve));
    },
  };
}

async function backUp({ server, client }: PacedPeer): Promise<void> {
  client.socket.pause();
  await until(() => {
    server.send('x'.repeat(500_000));
    return server.bufferedAmount > markBytes;
  }, 'the kernels of both ends to be full');
}

async function drain({ server, client }: PacedPeer): Promise<void> {
  client.socket.resume();
  await until(() => server.bufferedAmount === 0, 'everything to be sent');
}

/** Long enough for the sockets of both ends to have their turns. */
async function loopTurn(): Promise<void> {
  // A measure is taken over many turns, in which nothing else is waited for.
  await pause(1);
}
