import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { within } from './until.ts';

/** For one frame; less than a test has, so that it is said which did not come. */
const frameMs = { timeoutMs: 15_000 };

/** A frame of tRPC over WebSocket as a bare client reads it. */
export interface Frame {
  readonly id: number | string | null;
  readonly result?: { readonly type?: string; readonly id?: string; readonly data?: never };
  readonly error?: {
    readonly message: string;
    readonly code: number;
    readonly data: {
      readonly code: string;
      readonly httpStatus: number;
      readonly stagewire: { readonly code: string; readonly retryable: boolean; readonly details?: never };
    };
  };
}

/** A client in any language: a WebSocket and JSON. */
export interface BareSocket extends AsyncDisposable {
  readonly socket: WebSocket;
  /** Sends one message as JSON, a string as it is. */
  send(message: unknown): void;
  /** Calls a procedure and resolves with the frame that answers it. */
  call(method: 'query' | 'mutation', path: string, input?: unknown): Promise<Frame>;
  /** Subscribes; frames come by `next`. Resolves with the request's id. */
  subscribe(path: string, input?: unknown, lastEventId?: string): number;
  /** The next frame that nobody has taken, of the given request if one is given. @throws Error if none comes in 15 s */
  next(id?: number | string | null): Promise<Frame>;
  /** All frames of the request up to the first event, or frame, of this type. @throws Error at an error frame */
  until(id: number, type: string): Promise<readonly Frame[]>;
  /** Frames that nobody has taken. */
  readonly frames: readonly Frame[];
  /** Bytes of all text messages so far. */
  readonly receivedBytes: number;
  /** Text messages that are not JSON, as they came. */
  readonly texts: readonly string[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export async function connect(
  port: number,
  options: {
    readonly query?: string;
    readonly client?: ClientOptions;
    /** Over TLS, with any certificate. @default false */
    readonly secure?: boolean;
  } = {},
): Promise<BareSocket> {
  const { query = '', client, secure = false } = options;
  const socket = secure
    ? new WebSocket(`wss://127.0.0.1:${port}/trpc${query}`, { ...client, rejectUnauthorized: false })
    : new WebSocket(`ws://127.0.0.1:${port}/trpc${query}`, client);
  const frames: Frame[] = [];
  const texts: string[] = [];
  const wakes = new Set<() => void>();
  let receivedBytes = 0;
  let lastId = 0;
  let isClosed = false;

  socket.on('message', (raw: Buffer) => {
    const text = raw.toString('utf8');
    receivedBytes += raw.length;
    if (text.startsWith('{') || text.startsWith('[')) frames.push(JSON.parse(text) as Frame);
    else texts.push(text);
    for (const wake of wakes) wake();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => {
      isClosed = true;
      for (const wake of wakes) wake();
      resolve({ code, reason: reason.toString('utf8') });
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  // A reset while the test lets go of the server is no failure of the test.
  socket.on('error', () => undefined);

  const bare: BareSocket = {
    socket,
    frames,
    texts,
    closed,
    get receivedBytes() {
      return receivedBytes;
    },
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    call(method, path, input) {
      lastId += 1;
      bare.send({ id: lastId, method, params: { path, input } });
      return bare.next(lastId);
    },
    subscribe(path, input, lastEventId) {
      lastId += 1;
      bare.send({ id: lastId, method: 'subscription', params: { path, input, lastEventId } });
      return lastId;
    },
    async next(id) {
      for (;;) {
        const index = frames.findIndex((frame) => id === undefined || frame.id === id);
        if (index >= 0) return frames.splice(index, 1)[0] as Frame;
        if (isClosed) throw new Error('the connection was closed before the frame came');
        await within(
          new Promise<void>((resolve) => {
            const wake = () => {
              wakes.delete(wake);
              resolve();
            };
            wakes.add(wake);
          }),
          id === undefined ? 'a frame' : `a frame of the request ${id}`,
          frameMs,
        );
      }
    },
    async until(id, type) {
      const taken: Frame[] = [];
      for (;;) {
        const frame = await bare.next(id);
        taken.push(frame);
        if (frame.error !== undefined) throw new Error(JSON.stringify(frame.error));
        if ((eventOf(frame)?.type ?? frame.result?.type) === type) return taken;
      }
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
  return bare;
}

/** The event in a frame of a subscription; `undefined` for another frame. */
export function eventOf(frame: Frame): { readonly type: string } | undefined {
  if (frame.result?.type !== 'data') return undefined;
  return (frame.result.data as { readonly data?: { readonly type: string } } | undefined)?.data;
}

/** The events in these frames. */
export function eventsOf(frames: readonly Frame[]): readonly { readonly type: string }[] {
  return frames.map(eventOf).filter((event) => event !== undefined);
}
