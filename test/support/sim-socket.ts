import { EventEmitter } from 'node:events';
import type { Clock } from '../../server/runtime/clock.ts';
import type { PacingSocket } from '../../server/transport/paced-socket.ts';
import { createReadPauses } from '../../server/transport/read-pauses.ts';
import { payloadOf, type TextFrame } from '../../server/transport/text-frame.ts';

export interface SimSocketOptions {
  readonly clock: Clock;
  /** Unread bytes above which the reader counts as backed up. */
  readonly highWaterMarkBytes: number;
  /** Runs what the server gets in its process. @default at once */
  readonly enter?: (task: () => void) => void;
  /** What the reader reads, message by message. */
  onText(text: string): void;
  onBroken(law: string): void;
  /** The connection is gone, from whichever side. */
  onGone(): void;
}

/** A `ws` socket without a network, for the server's connection handler, and the reader's end of it. */
export interface SimSocket {
  readonly server: PacingSocket;
  readonly isOpen: boolean;
  readonly isReading: boolean;
  send(message: unknown): void;
  /** A reader that does not read lets what is sent pile up, up to the mark and one message beyond. */
  setReading(isReading: boolean): void;
  /** The connection breaks: what was not read is lost. */
  cut(): void;
}

/** The mark, and a message from each subscription that had looked before the mark was reached. */
const mostUnreadBytes = 12_000;

const open = 1;
const closed = 3;

export function createSimSocket(options: SimSocketOptions): SimSocket {
  const { clock, highWaterMarkBytes, enter = (task) => task() } = options;
  const events = new EventEmitter();
  const waiters = new Set<() => void>();
  let unread: string[] = [];
  let unreadBytes = 0;
  let readyState = open;
  let isReading = true;
  let isReleasing = false;

  const isBackedUp = () => unreadBytes > highWaterMarkBytes;

  function close(): void {
    if (readyState === closed) return;
    readyState = closed;
    unread = [];
    options.onGone();
    clock.turn(() => events.emit('close', 1006, Buffer.alloc(0)));
  }

  /** One waiter per turn, as the server's own sockets do. */
  function releaseOne(): void {
    const [first] = waiters;
    if (isReleasing || readyState !== open || isBackedUp() || first === undefined) return;
    first();
    isReleasing = true;
    clock.turn(() => {
      isReleasing = false;
      releaseOne();
    });
  }

  const server = Object.assign(events, {
    OPEN: open,
    isPaused: false,
    send(data: string | Buffer, ...rest: readonly unknown[]) {
      if (readyState !== open) return;
      const text = data.toString();
      if (isReading) options.onText(text);
      else {
        unread.push(text);
        unreadBytes += text.length;
        if (unreadBytes > mostUnreadBytes)
          options.onBroken(`${unreadBytes} bytes wait for one who does not read`);
      }
      const callback = rest.at(-1);
      if (typeof callback === 'function') clock.turn(() => (callback as () => void)());
    },
    drained(signal: AbortSignal) {
      if (signal.aborted) return Promise.resolve();
      if (readyState === open && waiters.size === 0 && !isBackedUp()) return Promise.resolve();
      return new Promise<void>((resolve) => {
        const done = () => {
          waiters.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        waiters.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    },
    sendText: (text: string): void => server.send(text),
    sendFrame: (frame: TextFrame): void => server.send(payloadOf(frame)),
    sendOnce: (text: string): void => server.send(text),
    ping: () => clock.turn(() => readyState === open && events.emit('pong', Buffer.alloc(0))),
    readPauses: createReadPauses({ pause: () => undefined, resume: () => undefined }),
    close,
    closeOrTerminate: close,
    terminate: close,
  });
  Object.defineProperties(server, {
    readyState: { get: () => readyState },
    isOpen: { get: () => readyState === open },
    bufferedAmount: { get: () => unreadBytes },
  });

  return {
    server: server as unknown as PacingSocket,
    get isOpen() {
      return readyState === open;
    },
    get isReading() {
      return isReading;
    },
    send(message) {
      if (readyState !== open) return;
      enter(() => {
        if (readyState === open) events.emit('message', Buffer.from(JSON.stringify(message)), false);
      });
    },
    setReading(reading) {
      isReading = reading;
      if (!isReading || readyState !== open) return;
      const texts = unread;
      unread = [];
      unreadBytes = 0;
      for (const text of texts) options.onText(text);
      releaseOne();
    },
    cut: close,
  };
}
