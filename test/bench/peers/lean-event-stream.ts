import { once } from 'node:events';
import { connect } from 'node:net';

export interface LeanRequest {
  readonly port: number;
  /** @default GET */
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One event of an event stream. */
export interface LeanEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** A response of server-sent events, read at next to no cost: a request by hand, the chunks of HTTP, and `data:` lines. */
export interface LeanEventStream {
  /** Bytes after the head of the response, the framing of HTTP's chunks included. */
  readonly receivedBytes: number;
  readonly isClosed: boolean;
  /** From now on takes so many bytes in a second: none with 0, all with Infinity. */
  readAt(bytesPerSecond: number): void;
  close(): void;
}

/** @throws Error if the status is not 200. */
export async function openLeanEventStream(
  request: LeanRequest,
  onEvent: (event: LeanEvent) => void,
): Promise<LeanEventStream> {
  const { port, method = 'GET', path, headers = {}, body } = request;
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  let isClosed = false;
  const opened = Promise.withResolvers<void>();
  socket.once('close', () => {
    isClosed = true;
    opened.reject(new Error(`${path} at port ${port} was closed`));
  });
  const all = { host: `127.0.0.1:${port}`, accept: 'text/event-stream', ...headers };
  const bodyHeaders = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const head = Object.entries({ ...all, ...bodyHeaders }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n${body ?? ''}`);

  let receivedBytes = 0;
  let rest = '';
  let isOpen = false;
  let text = '';
  // Tokens are ASCII, and nothing else is looked at: a character is a byte.
  socket.setEncoding('latin1');
  socket.on('data', (piece: string) => {
    rest += piece;
    if (isOpen) receivedBytes += piece.length;
    else {
      const end = rest.indexOf('\r\n\r\n');
      if (end === -1) return;
      const status = rest.slice(9, 12);
      rest = rest.slice(end + 4);
      if (status !== '200') {
        opened.reject(new Error(`${path} was answered with ${status}`));
        socket.destroy();
        return;
      }
      isOpen = true;
      receivedBytes = rest.length;
      opened.resolve();
    }
    const { payload, used } = readChunks(rest);
    rest = rest.slice(used);
    text += payload;
    const end = text.lastIndexOf('\n\n');
    if (end === -1) return;
    const blocks = text.slice(0, end).split('\n\n');
    text = text.slice(end + 2);
    for (const block of blocks) {
      const event = eventOf(block);
      if (event !== undefined) onEvent(event);
    }
  });
  await opened.promise;
  return {
    get receivedBytes() {
      return receivedBytes;
    },
    get isClosed() {
      return isClosed;
    },
    readAt(bytesPerSecond) {
      if (bytesPerSecond === 0) socket.pause();
      else if (bytesPerSecond === Infinity) socket.resume();
      else throw new Error('reads nothing, or all there is');
    },
    close: () => void socket.destroy(),
  };
}

/** The content of the whole chunks at the beginning of a text, and how much of it they are. */
function readChunks(bytes: string): { readonly payload: string; readonly used: number } {
  let used = 0;
  let payload = '';
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', used);
    if (lineEnd === -1) break;
    const length = Number.parseInt(bytes.slice(used, lineEnd), 16);
    const end = lineEnd + 2 + length;
    if (end + 2 > bytes.length) break;
    payload += bytes.slice(lineEnd + 2, end);
    used = end + 2;
    if (length === 0) break;
  }
  return { payload, used };
}

function eventOf(block: string): LeanEvent | undefined {
  let [event, data, id]: [string, string | undefined, string | undefined] = ['message', undefined, undefined];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const value = line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    const field = line.slice(0, colon);
    if (field === 'event') event = value;
    else if (field === 'data') data = data === undefined ? value : `${data}\n${value}`;
    else if (field === 'id') id = value;
  }
  return data === undefined ? undefined : { event, data, id };
}
