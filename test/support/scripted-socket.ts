import { EventEmitter } from 'node:events';
import type { PacingSocket } from '../../server/transport/paced-socket.ts';
import { createReadPauses } from '../../server/transport/read-pauses.ts';
import { payloadOf, type TextFrame } from '../../server/transport/text-frame.ts';

/** A `ws` socket without a network that is told messages and remembers what is said. */
export interface ToldSocket {
  readonly socket: PacingSocket;
  /** Every message said so far, in order: parsed, but for `PONG`. */
  readonly said: readonly unknown[];
  readonly isPaused: boolean;
  tell(message: string | object, options?: { readonly isBinary?: boolean }): void;
  /** The connection is gone. */
  leave(): void;
}

const open = 1;
const closed = 3;

export function createToldSocket(): ToldSocket {
  const said: unknown[] = [];
  let isPaused = false;
  const events = Object.assign(new EventEmitter(), {
    OPEN: open,
    readyState: open,
    send(data: string | Buffer) {
      const text = data.toString();
      said.push(text === 'PONG' ? text : JSON.parse(text));
    },
    readPauses: createReadPauses({
      pause() {
        isPaused = true;
      },
      resume() {
        isPaused = false;
      },
    }),
    sendText: (text: string) => events.send(text),
    sendFrame: (frame: TextFrame) => events.send(payloadOf(frame)),
    sendOnce: (text: string) => events.send(text),
    close: () => undefined,
    closeOrTerminate: () => undefined,
    drained: () => Promise.resolve(),
  });
  Object.defineProperty(events, 'isOpen', { get: () => events.readyState === open });
  return {
    // The rest of a socket is not asked for.
    socket: events as unknown as PacingSocket,
    said,
    get isPaused() {
      return isPaused;
    },
    tell(message, { isBinary = false } = {}) {
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      events.emit('message', Buffer.from(text), isBinary);
    },
    leave() {
      events.readyState = closed;
      events.emit('close');
    },
  };
}
