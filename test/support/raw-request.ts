import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** One HTTP request as it stands, with any Host and Origin, which `fetch` would not let through. */
export async function rawRequest(port: number, options: RawRequest = {}): Promise<RawAnswer> {
  const response = await openRequest(port, options);
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** The same with its body unread: for streams. */
export function openRequest(port: number, options: RawRequest = {}): Promise<IncomingMessage> {
  const { method = 'GET', path = '/', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, resolve);
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Sends these bytes on a fresh connection and resolves with all that comes back until it is closed. */
export function rawBytes(port: number, ...chunks: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    // A reset is an answer too.
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(received));
    for (const chunk of chunks) socket.write(chunk);
  });
}

/** The same, of what comes back within `waitMs` milliseconds; then the connection is ended. */
export function rawBytesFor(waitMs: number, port: number, chunk: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (piece) => (received += piece.toString('latin1')));
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(received));
    socket.write(chunk);
    setTimeout(() => socket.destroy(), waitMs);
  });
}

/** A WebSocket's opening request; headers given here win over the usual ones. */
export function upgradeRequest(port: number, path: string, headers: Record<string, string> = {}): string {
  const all: Record<string, string> = {
    Host: `127.0.0.1:${port}`,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}
