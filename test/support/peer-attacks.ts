import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { longRunId, manyEventsRunId, otherRunId } from './long-runs.ts';
import { openRequest, upgradeRequest } from './raw-request.ts';

/** What peers can do to a server's memory. Each resolves when the attack is over and its sockets are gone. */

/** Batches that ask for one long run again and again, many at once. */
export async function askForLongRun(port: number, sizes: { requests: number; calls: number }): Promise<void> {
  const input = Object.fromEntries(
    Array.from({ length: sizes.calls }, (_, index) => [index, { runId: longRunId }]),
  );
  const procedures = Array.from({ length: sizes.calls }, () => 'runs.get').join(',');
  const path = `/trpc/${procedures}?batch=1&input=${encodeURIComponent(JSON.stringify(input))}`;
  await Promise.all(Array.from({ length: sizes.requests }, () => drainRequest(port, path)));
}

/** The same over WebSockets, as many calls as a batch may have. */
export async function askForLongRunOnSockets(
  port: number,
  sizes: { sockets: number; calls: number },
): Promise<void> {
  const batch = Array.from({ length: sizes.calls }, (_, id) => query(id, 'runs.get', { runId: longRunId }));
  await Promise.all(
    Array.from({ length: sizes.sockets }, async () => {
      await using socket = await openSocket(port);
      let answers = 0;
      const answered = Promise.withResolvers<void>();
      socket.ws.on('message', () => {
        answers += 1;
        if (answers === sizes.calls) answered.resolve();
      });
      socket.ws.send(JSON.stringify(batch));
      await Promise.race([answered.promise, once(socket.ws, 'close')]);
    }),
  );
}

/** Commands to a long run that has ended, and questions about it, all at once. */
export async function pesterEndedRun(
  port: number,
  sizes: { cancels: number; questions: number },
): Promise<void> {
  const cancel = () =>
    post(port, 'runs.cancel', { runId: longRunId, commandId: randomUUID(), target: 'run' });
  const ask = () => drainRequest(port, `/trpc/runs.get?input=${asInput({ runId: longRunId })}`);
  await Promise.all([
    ...Array.from({ length: sizes.cancels }, cancel),
    ...Array.from({ length: sizes.questions }, ask),
  ]);
}

/** Messages of nearly the greatest size that are begun and never ended. */
export async function beginMessages(port: number, sizes: { sockets: number; bytes: number }): Promise<void> {
  const header = Buffer.alloc(14);
  header[0] = 0x81;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(BigInt(sizes.bytes), 2);
  const piece = Buffer.alloc(64 * 1024);
  const sockets = await Promise.all(Array.from({ length: sizes.sockets }, () => openRaw(port)));
  await Promise.all(
    sockets.map(async (socket) => {
      socket.write(upgradeRequest(port, '/trpc'));
      await once(socket, 'data');
      socket.write(header);
      for (let sent = 0; sent < sizes.bytes - piece.length && !socket.destroyed; sent += piece.length) {
        if (!socket.write(piece)) await drained(socket);
      }
    }),
  );
  // Nothing answers a message that does not end: the server has its time to hold it, or not.
  await sleep(500);
  for (const socket of sockets) socket.destroy();
}

/** The same as bodies over HTTP that stop before their end. */
export async function beginBodies(port: number, sizes: { sockets: number; bytes: number }): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: sizes.sockets }, () => openRaw(port)));
  const head = [
    'POST /trpc/runs.start HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Content-Type: application/json',
    `Content-Length: ${sizes.bytes}`,
  ].join('\r\n');
  const piece = Buffer.alloc(64 * 1024, ' ');
  await Promise.all(
    sockets.map(async (socket) => {
      socket.write(`${head}\r\n\r\n`);
      for (let sent = 0; sent < sizes.bytes - piece.length && !socket.destroyed; sent += piece.length) {
        if (!socket.write(piece)) await drained(socket);
      }
    }),
  );
  // Nothing answers a message that does not end: the server has its time to hold it, or not.
  await sleep(500);
  for (const socket of sockets) socket.destroy();
}

/** Starts of the greatest size, many at once. Returns what became of them, by HTTP status. */
export async function startLargeRuns(
  port: number,
  sizes: { starts: number; fileChars: number },
): Promise<ReadonlyMap<number, number>> {
  const files = largeFiles(sizes.fileChars);
  const statuses = new Map<number, number>();
  await Promise.all(
    Array.from({ length: sizes.starts }, async () => {
      const status = await post(port, 'runs.start', { task: 'a large start', files, ...slow });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }),
  );
  return statuses;
}

/** The same over WebSockets, each on its own. */
export async function startLargeRunsOnSockets(
  port: number,
  sizes: { starts: number; fileChars: number },
): Promise<void> {
  const input = { task: 'a large start', files: largeFiles(sizes.fileChars), ...slow };
  const message = JSON.stringify({ id: 1, method: 'mutation', params: { path: 'runs.start', input } });
  await Promise.all(
    Array.from({ length: sizes.starts }, async () => {
      await using socket = await openSocket(port);
      const closed = once(socket.ws, 'close');
      socket.ws.send(message);
      await Promise.race([once(socket.ws, 'message'), closed]);
    }),
  );
}

function largeFiles(chars: number) {
  return Array.from({ length: 5 }, (_, index) => ({
    path: `context-${index}.txt`,
    text: 'ж'.repeat(chars),
  }));
}

/** Runs that wait, each with instructions for every role, and steers for them. */
export async function queueRuns(port: number, sizes: { starts: number; steers: number }): Promise<void> {
  const roles = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter', 'all'];
  const instructions = Object.fromEntries(roles.map((role) => [role, role.padEnd(20_000, 'y')]));
  const known: string[] = [];
  let left = sizes.starts;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const runId = `run_queued-${randomUUID()}`;
      const status = await post(port, 'runs.start', { runId, task: 'wait', instructions, ...slow });
      if (status === 200) known.push(runId);
    }
  };
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(lane));
  const text = 'w'.repeat(20_000);
  for (let at = 0; at < sizes.steers; at += 8) {
    await Promise.all(
      known.slice(-8).map((runId) => {
        const commandId = randomUUID();
        return post(port, 'runs.steer', { runId, commandId, text, mode: 'next', expect: 'any' });
      }),
    );
  }
}

/** The legacy route, resumed at the end of a run of very many events. */
export async function resumeLegacyRoute(port: number, sizes: { readers: number }): Promise<void> {
  const all = await eventsOf(port, manyEventsRunId);
  const cursor = all.at(-3) ?? '';
  const path = `/api/stream/events/${manyEventsRunId}?lastEventId=${cursor}`;
  await Promise.all(Array.from({ length: sizes.readers }, () => drainRequest(port, path)));
}

/** Every subscription that a socket may have, each of another run, on many sockets that read. */
export async function followManyRuns(
  port: number,
  sizes: { sockets: number; runs: number; isReading: boolean },
): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: sizes.sockets }, () => openSocket(port)));
  const batch = Array.from({ length: sizes.runs }, (_, index) => ({
    ...query(index, 'runs.events', { runId: otherRunId(index) }),
    method: 'subscription',
  }));
  const ends = sockets.map(({ ws }) => {
    let stopped = 0;
    const ended = Promise.withResolvers<void>();
    ws.on('message', (data: Buffer) => {
      if (data.subarray(-30).includes('"stopped"')) stopped += 1;
      if (stopped === sizes.runs) ended.resolve();
    });
    ws.on('close', () => ended.resolve());
    ws.send(JSON.stringify(batch));
    if (!sizes.isReading) ws.pause();
    return ended.promise;
  });
  await (sizes.isReading ? Promise.all(ends) : sleep(2000));
  for (const socket of sockets) await socket[Symbol.asyncDispose]();
}

/** Long answers that nobody reads, over HTTP. */
export async function askAndNotRead(port: number, sizes: { readers: number }): Promise<void> {
  const path = `/trpc/runs.get?input=${asInput({ runId: longRunId })}`;
  const sockets = await Promise.all(Array.from({ length: sizes.readers }, () => openRaw(port)));
  for (const socket of sockets) {
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  }
  // Nothing is read, so nothing says that the server has filled what it may.
  await sleep(2500);
  for (const socket of sockets) socket.destroy();
}

/** Handshakes with very long names, then messages without a meaning until the connection is closed: lines in the log. */
export async function fillLog(port: number, sizes: { sockets: number; chars: number }): Promise<void> {
  let left = sizes.sockets;
  const lane = async () => {
    for (; left > 0; left -= 1) {
      await using socket = await openSocket(port, '?connectionParams=1');
      const data = { contract: `${left}-`.padEnd(sizes.chars, 'c'), client: 'c'.repeat(sizes.chars) };
      socket.ws.send(JSON.stringify({ method: 'connectionParams', data }));
      for (let count = 0; count < 80; count += 1) socket.ws.send('{"no":"call"}');
      await once(socket.ws, 'close');
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
}

/** A mutation; resolves with its HTTP status. */
export function post(port: number, procedure: string, input: unknown): Promise<number> {
  const body = JSON.stringify(input);
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
  return drainRequest(port, `/trpc/${procedure}`, { method: 'POST', headers, body });
}

/** Reads the answer as fast as it comes, keeps nothing; resolves with its status, 0 if it was cut. */
async function drainRequest(
  port: number,
  path: string,
  more: Parameters<typeof openRequest>[1] = {},
): Promise<number> {
  try {
    const response = await openRequest(port, { path, ...more });
    response.resume();
    await once(response, 'close');
    return response.statusCode ?? 0;
  } catch {
    // A refused body is cut when its sender goes on: as good as any refusal.
    return 0;
  }
}

async function eventsOf(port: number, runId: string): Promise<readonly string[]> {
  const response = await openRequest(port, { path: `/api/stream/events/${runId}` });
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return [...text.matchAll(/^id: (.*)$/gm)].map(([, id = '']) => id);
}

/** A model that says next to nothing for long: its run stays. */
const slow = { models: { default: 'rehearsal/ttft=60000' } };

function query(id: number, path: string, input?: unknown) {
  return { id, method: 'query', params: { path, input } };
}

function asInput(input: unknown): string {
  return encodeURIComponent(JSON.stringify(input));
}

/** Resolves also when the socket is cut. */
function drained(socket: Socket): Promise<unknown> {
  return Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
}

async function openRaw(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function openSocket(port: number, query = ''): Promise<AsyncDisposable & { readonly ws: WebSocket }> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/trpc${query}`);
  await once(ws, 'open');
  ws.on('error', () => undefined);
  return {
    ws,
    async [Symbol.asyncDispose]() {
      if (ws.readyState === ws.CLOSED) return;
      ws.terminate();
      await once(ws, 'close');
    },
  };
}
