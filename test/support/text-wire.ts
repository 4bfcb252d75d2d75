import { WebSocket } from 'ws';
import { within } from './until.ts';

/** What a server sends, as far as a document's example is about it. */
export interface WireFrame {
  readonly result?: { readonly type?: string; readonly id?: string };
}

/** A WebSocket that sends texts as they stand in a document. */
export interface TextWire extends AsyncDisposable {
  send(text: string): void;
  /** The next frame that nobody has taken. @throws Error if none comes in 10 s */
  next(): Promise<WireFrame>;
  /** Takes frames up to the first of which this is true. */
  until(isLast: (frame: WireFrame) => boolean): Promise<readonly WireFrame[]>;
}

export async function openWire(port: number, query = ''): Promise<TextWire> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/trpc${query}`);
  const frames: WireFrame[] = [];
  let wake = () => {};
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString()) as WireFrame);
    wake();
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const next = async (): Promise<WireFrame> => {
    for (;;) {
      const frame = frames.shift();
      if (frame !== undefined) return frame;
      await within(new Promise<void>((resolve) => (wake = resolve)), 'a frame');
    }
  };
  return {
    send: (text: string) => socket.send(text),
    next,
    async until(isLast) {
      const seen: WireFrame[] = [];
      do seen.push(await next());
      while (!isLast(seen.at(-1) ?? {}));
      return seen;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.terminate();
      await closed;
    },
  };
}
