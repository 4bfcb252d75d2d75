import { expect, test } from 'vitest';
import { createGuardedWebSocket, type GuardedSocket } from '../../client/transport/guarded-web-socket.ts';
import { createPongTimeout } from '../../client/transport/pong-timeout.ts';
import { createSession } from '../../client/transport/session.ts';
import type { WakeReason } from '../../client/transport/wake.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** A socket of the platform that does what the test says. */
class PlatformSocket {
  static last: PlatformSocket;
  readyState = 0;
  readonly sent: string[] = [];
  closedWith: number | undefined;
  readonly #listeners = new Map<string, (event: object) => void>();
  constructor() {
    PlatformSocket.last = this;
  }
  addEventListener(type: string, listener: (event: object) => void): void {
    this.#listeners.set(type, listener);
  }
  tell(type: string, event: object = {}): void {
    this.#listeners.get(type)?.(event);
  }
  open(): void {
    this.readyState = 1;
    this.tell('open');
  }
  send(data: string): void {
    if (this.readyState !== 1) throw new Error('WebSocket is already in CLOSING or CLOSED state.');
    this.sent.push(data);
  }
  close(code = 1005): void {
    this.closedWith ??= code;
    this.readyState = 2;
  }
}

function openSocket(waits: { pongTimeoutMs?: number } = {}) {
  const fake = createFakeClock();
  const late = { ms: 0 };
  const clock = Object.assign(fake, { elapsedMs: () => fake.now() + late.ms });
  const listeners = new Set<(reason: WakeReason) => void>();
  const wake = {
    on(listener: (reason: WakeReason) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const session = createSession({ clock, random: () => 0.5, backoff: {}, wake });
  const patience = createPongTimeout({ shortestMs: waits.pongTimeoutMs ?? 10_000, longestMs: 120_000 });
  const ends: GuardedSocket[] = [];
  const Guarded = createGuardedWebSocket({
    WebSocket: PlatformSocket as unknown as typeof WebSocket,
    session,
    closeTimeoutMs: 1000,
    openTimeoutMs: 10_000,
    pingIntervalMs: 5000,
    pongTimeout: patience,
    maxMessageChars: 1000,
    headers: undefined,
    onMade: () => {},
    onFirstMessage: () => {},
    onQuiet: () => {},
    onEnd: (socket) => ends.push(socket),
  });
  const socket = new Guarded('ws://host');
  const closes: unknown[] = [];
  socket.addEventListener('close', ({ code }) => closes.push(code));
  const messages: unknown[] = [];
  socket.addEventListener('message', ({ data }) => messages.push(data));
  const inner = PlatformSocket.last;
  return {
    clock,
    late,
    socket,
    inner,
    patience,
    closes,
    messages,
    ends,
    wakeUp: (it: WakeReason) => listeners.forEach((listener) => listener(it)),
    listeners,
  };
}

test('a silent peer is asked every five seconds, and given up when it has not answered in time', async () => {
  const { clock, inner, patience, closes } = openSocket();
  inner.open();
  await clock.advance(14_999);
  expect(inner.sent).toEqual(['PING', 'PING']);
  expect(inner.closedWith).toBeUndefined();
  await clock.advance(1);
  expect(inner.closedWith).toBeDefined();
  await clock.advance(1000);
  expect(closes).toEqual([1006]);
  // The next one is waited for longer: what stands before its answer may be one large message.
  expect(patience.timeoutMs).toBe(20_000);
});

test('whatever comes counts as an answer, and what only this watch has asked for is told to nobody', async () => {
  const { clock, inner, messages, patience } = openSocket();
  inner.open();
  await clock.advance(14_000);
  inner.tell('message', { data: '{"id":1,"result":{"type":"started"}}' });
  inner.tell('message', { data: 'PONG' });
  await clock.advance(9000);
  expect(inner.closedWith).toBeUndefined();
  expect(messages).toEqual([{ id: 1, result: { type: 'started' } }]);
  expect(patience.timeoutMs).toBe(10_000);
});

test('answers to pings of tRPC reach tRPC, in the order in which all were sent', async () => {
  const { clock, socket, inner, messages } = openSocket();
  inner.open();
  await clock.advance(5000);
  socket.send('PING');
  inner.tell('message', { data: 'PONG' });
  expect(messages).toEqual([]);
  inner.tell('message', { data: 'PONG' });
  expect(messages).toEqual(['PONG']);
});

// Chrome printed an error for each idle close: the ping went to a socket that was closing.
test('nothing is sent to a socket that is closing', async () => {
  const { clock, socket, inner } = openSocket();
  inner.open();
  await clock.advance(4999);
  socket.close();
  await clock.advance(1);
  expect(() => socket.send('PING')).not.toThrow();
  expect(inner.sent).toEqual([]);
});

// For up to ten seconds after the network had come back nothing happened.
test('with the network a socket is asked at once, and has little time; one that was being opened is given up', async () => {
  const open = openSocket();
  open.inner.open();
  open.wakeUp('online');
  expect(open.inner.sent).toEqual(['PING']);
  await open.clock.advance(3000);
  expect(open.inner.closedWith).toBeDefined();

  const opening = openSocket();
  opening.wakeUp('shown');
  expect(opening.inner.closedWith).toBeUndefined();
  opening.wakeUp('online');
  await opening.clock.advance(1);
  expect(opening.closes).toEqual([1006]);
  expect(opening.listeners.size).toBe(0);
});

test('a deadline that comes late, after a busy event loop or a sleep, leaves time for what is unread', async () => {
  const { clock, late, inner } = openSocket();
  inner.open();
  await clock.advance(5000);
  late.ms = 3_600_000;
  await clock.advance(12_999);
  expect(inner.closedWith).toBeUndefined();
  await clock.advance(1);
  expect(inner.closedWith).toBeDefined();
});

test('a patience grows up to its bound, and begins anew after a connection that lasted', async () => {
  const patience = createPongTimeout({ shortestMs: 10, longestMs: 50 });
  const waits = [1, 2, 3, 4].map(() => {
    patience.grow();
    return patience.timeoutMs;
  });
  expect(waits).toEqual([20, 40, 50, 50]);
  patience.reset();
  expect(patience.timeoutMs).toBe(10);
});

test('nonsense closes the socket and is kept as the reason', async () => {
  const { clock, inner, messages, ends } = openSocket();
  inner.open();
  inner.tell('message', { data: 'x'.repeat(1001) });
  inner.tell('message', { data: '{"id":1,"result":{"type":"started"}}' });
  expect(messages).toEqual([]);
  expect(inner.closedWith).toBe(3000);
  await clock.advance(1000);
  expect(ends[0]?.malformed?.message).toBe('a message of 1001 characters');
});
