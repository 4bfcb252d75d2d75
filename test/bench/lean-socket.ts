import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * A WebSocket client that costs next to nothing, so that five hundred of them do not measure the generator: no
 * fragments, no compression, no masks of any worth.
 */
export interface LeanSocket {
  send(text: string): void;
  /** Bytes received after the handshake, frame headers included. */
  readonly receivedBytes: number;
  readonly closed: Promise<void>;
  /**
   * From now on takes so many bytes in a second, none with 0, and all there are with Infinity. What it does not take
   * fills 64 KiB of this process, then the kernel's buffers, then the server's.
   */
  readAt(bytesPerSecond: number): void;
  close(): void;
}

/** A server at a port of this machine. */
export interface LeanTarget {
  readonly port: number;
  /** Sent in the header `Authorization`. @default none */
  readonly token?: string | undefined;
}

const sipMs = 50;

/** @throws Error if the server does not upgrade. */
export async function openLeanSocket(
  target: number | LeanTarget,
  path: string,
  onMessage: (text: string) => void,
): Promise<LeanSocket> {
  const { port, token } = typeof target === 'number' ? { port: target, token: undefined } : target;
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n${authorization}\r\n`,
  );
  let receivedBytes = 0;
  let rest: Buffer = Buffer.alloc(0);
  let isOpen = false;
  const opened = Promise.withResolvers<void>();
  void closed.then(() => opened.reject(new Error(`${path} at port ${port} was closed`)));
  opened.promise.catch(() => undefined);

  // Without an answer the server would close the connection after a minute.
  const onPing = () => void socket.write(pong);
  socket.on('data', (data: Buffer) => {
    let bytes = rest.length === 0 ? data : Buffer.concat([rest, data]);
    if (isOpen) receivedBytes += data.length;
    else {
      const end = bytes.indexOf('\r\n\r\n');
      if (end !== -1) {
        isOpen = bytes.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101'));
        bytes = bytes.subarray(end + 4);
        receivedBytes = bytes.length;
        if (isOpen) opened.resolve();
        else socket.destroy();
      }
    }
    rest = isOpen ? bytes.subarray(readFrames(bytes, { onMessage, onPing })) : bytes;
  });
  await opened.promise;
  let sips: NodeJS.Timeout | undefined;
  void closed.then(() => clearInterval(sips));
  return {
    send: (text) => void socket.write(frameOf(text)),
    get receivedBytes() {
      return receivedBytes;
    },
    closed,
    readAt(bytesPerSecond) {
      clearInterval(sips);
      if (bytesPerSecond === Infinity) socket.resume();
      else socket.pause();
      if (bytesPerSecond === 0 || bytesPerSecond === Infinity) return;
      const sipBytes = Math.ceil((bytesPerSecond * sipMs) / 1000);
      // What is read while it is paused comes by the same event.
      sips = setInterval(() => socket.read(Math.min(sipBytes, socket.readableLength)), sipMs);
    },
    close: () => void socket.destroy(),
  };
}

/** A masked frame without content, which the server's pings do not have either. */
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

interface FrameHandlers {
  onMessage(text: string): void;
  onPing(): void;
}

/** Hands on every whole text message; returns where the first unfinished frame begins. */
function readFrames(bytes: Buffer, { onMessage, onPing }: FrameHandlers): number {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (at + header > bytes.length) break;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    if (at + header + length > bytes.length) break;
    const opcode = (bytes[at] ?? 0) & 0x0f;
    if (opcode === 9) onPing();
    if (opcode === 1) onMessage(bytes.toString('utf8', at + header, at + header + length));
    at += header + length;
  }
  return at;
}

/** A client's frame must be masked; a mask of zeros leaves the text as it is. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 6 : 8);
  header[0] = 0x81;
  if (length < 126) header[1] = 0x80 | length;
  else {
    header[1] = 0x80 | 126;
    header.writeUInt16BE(length, 2);
  }
  return Buffer.concat([header, payload]);
}
