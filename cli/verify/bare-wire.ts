import type { RunEvent } from '@stagewire/shared';
import { WebSocket } from 'ws';
import type { Clock } from '@stagewire/server/runtime/clock';
import { startedBy } from './started-runs.ts';
import { CheckFailed } from './expectation.ts';

/** A message of the server, parsed as plain JSON. */
export interface Frame {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly result?: { readonly type?: string; readonly id?: string; readonly data?: unknown };
  readonly error?: FrameError;
}

export interface FrameError {
  readonly code: number;
  readonly message: string;
  readonly data: {
    readonly code: string;
    readonly httpStatus: number;
    readonly path?: string;
    readonly stagewire: { readonly code: string; readonly retryable: boolean; readonly details?: unknown };
  };
}

/** An event as received, with its cursor and time. */
export interface Entry {
  readonly event: RunEvent;
  readonly cursor: string;
  readonly atMs: number;
}

/** A subscription that is running or has ended. */
export interface BareSubscription {
  readonly id: number;
  readonly entries: readonly Entry[];
  /** All its messages, including `started` and `stopped`. */
  readonly frames: readonly Frame[];
  /** The first matching entry, starting with the one at index `from`. @throws CheckFailed if none arrives in time */
  first(fits: (event: RunEvent) => boolean, what: string, from?: number): Promise<Entry>;
  /** All entries after the server has sent `stopped`. @throws CheckFailed if it does not, or if an error arrives */
  ended(): Promise<readonly Entry[]>;
  /** The error with which it was rejected. @throws CheckFailed if there is none */
  rejection(): Promise<FrameError>;
}

/** A plain WebSocket with JSON, without this project's client, so that the wire protocol itself is tested. */
export interface BareWire {
  /** Sends one message as JSON; a string or bytes are sent unchanged. */
  send(message: unknown): void;
  ask(method: 'query' | 'mutation', path: string, input?: unknown): Promise<Frame>;
  /** The next message with this id that was not taken yet. */
  next(id: number | string | null): Promise<Frame>;
  /** The next message that is not JSON. */
  text(): Promise<string>;
  subscribe(path: string, input: unknown, lastEventId?: string): BareSubscription;
  newId(): number;
  closed(): Promise<{ readonly code: number; readonly reason: string }>;
  /** Terminates the connection without a close frame. */
  cut(): void;
}

export interface BareWireOptions {
  readonly url: string;
  readonly token?: string | undefined;
  /** Of the upgrade request. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly nowMs: () => number;
  /** The timeout of every wait, in milliseconds. */
  readonly patienceMs: number;
  /** Called with each run that a reply reports as started. @default does nothing */
  readonly onStarted?: (runId: string) => void;
}

export async function openWire(options: BareWireOptions): Promise<BareWire> {
  const { url, token, headers, clock, nowMs, patienceMs, onStarted } = options;
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    handshakeTimeout: patienceMs,
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });
  const frames: Frame[] = [];
  const texts: string[] = [];
  const subscriptions = new Map<number | string, FollowingInside>();
  const wakes = new Set<() => void>();
  let closing: { readonly code: number; readonly reason: string } | undefined;
  let lastId = 0;

  const wakeAll = () => {
    for (const wake of Array.from(wakes)) wake();
  };
  socket.on('message', (raw: Buffer) => {
    const message = raw.toString('utf8');
    if (!message.startsWith('{') && !message.startsWith('[')) texts.push(message);
    else {
      const parsed = JSON.parse(message) as Frame | Frame[];
      for (const frame of Array.isArray(parsed) ? parsed : [parsed]) {
        const started = startedBy(frame.result?.data);
        if (started !== undefined) onStarted?.(started);
        const subscription = subscriptions.get(frame.id ?? '');
        if (subscription === undefined) frames.push(frame);
        else subscription.take(frame, nowMs());
      }
    }
    wakeAll();
  });
  socket.on('close', (code, reason) => {
    closing = { code, reason: reason.toString('utf8') };
    wakeAll();
  });

  /** Evaluates `look` after every message until it returns a value or the timeout has passed. */
  async function until<Value>(look: () => Value | undefined, what: string): Promise<Value> {
    const deadline = nowMs() + patienceMs;
    for (;;) {
      const value = look();
      if (value !== undefined) return value;
      // After the connection has closed, no more messages arrive.
      if (closing !== undefined) throw new CheckFailed(what, `the connection closed with ${closing.code}`);
      const leftMs = deadline - nowMs();
      if (leftMs <= 0) throw new CheckFailed(`${what} within ${patienceMs} ms`, 'nothing');
      await new Promise<void>((resolve) => {
        const wake = () => {
          cancel();
          wakes.delete(wake);
          resolve();
        };
        const cancel = clock.after(leftMs, wake);
        wakes.add(wake);
      });
    }
  }

  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (error) => {
      reject(new CheckFailed(`a WebSocket at ${url}`, error.message));
    });
  });
  // From here on, errors are reported by `close`.
  socket.on('error', () => undefined);

  const wire: BareWire = {
    send(message) {
      const isPlain = typeof message === 'string' || message instanceof Uint8Array;
      socket.send(isPlain ? message : JSON.stringify(message));
    },
    newId: () => (lastId += 1),
    ask(method, path, input) {
      const id = wire.newId();
      wire.send({ id, method, params: { path, ...(input !== undefined && { input }) } });
      return wire.next(id);
    },
    next(id) {
      return until(
        () => {
          const index = frames.findIndex((frame) => frame.id === id);
          return index === -1 ? undefined : frames.splice(index, 1)[0];
        },
        `an answer to call ${String(id)}`,
      );
    },
    text: () => until(() => texts.shift(), 'a message that is no JSON'),
    subscribe(path, input, lastEventId) {
      const id = wire.newId();
      const subscription = createBareSubscription(id, until);
      subscriptions.set(id, subscription);
      wire.send({
        id,
        method: 'subscription',
        params: { path, input, ...(lastEventId !== undefined && { lastEventId }) },
      });
      return subscription;
    },
    closed: () => until(() => closing, 'that the server closes the connection'),
    cut: () => socket.terminate(),
  };
  return wire;
}

interface FollowingInside extends BareSubscription {
  take(frame: Frame, atMs: number): void;
}

function createBareSubscription(
  id: number,
  until: <Value>(look: () => Value | undefined, what: string) => Promise<Value>,
): FollowingInside {
  const entries: Entry[] = [];
  const frames: Frame[] = [];
  const errorFrame = () => frames.find((frame) => frame.error !== undefined)?.error;
  const failOnError = () => {
    const error = errorFrame();
    if (error !== undefined) {
      throw new CheckFailed('events', `the error ${error.data.stagewire.code}: ${error.message}`);
    }
  };
  return {
    id,
    entries,
    frames,
    take(frame, atMs) {
      frames.push(frame);
      if (frame.result?.type !== 'data') return;
      const tracked = frame.result.data as { readonly id: string; readonly data: RunEvent };
      entries.push({ event: tracked.data, cursor: tracked.id, atMs });
    },
    first(fits, what, from = 0) {
      return until(() => {
        failOnError();
        return entries.slice(from).find(({ event }) => fits(event));
      }, what);
    },
    ended() {
      return until(() => {
        failOnError();
        return frames.some((frame) => frame.result?.type === 'stopped') ? entries : undefined;
      }, 'the end of the subscription (stopped)');
    },
    rejection: () => until(errorFrame, 'a refusal'),
  };
}
