import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect, type BareSocket } from './bare-socket.ts';
import { announced, params } from './keyed-peers.ts';

/** The public name of the server in the tests that put a proxy with TLS in front of it. */
export const publicHost = 'stagewire.example.org';

/** The header of a call by cookie. */
export const csrf = { 'x-stagewire-csrf': '1' };

/** One request over TLS, as a browser that has opened the public URL. */
export async function open(port: number, path: string, options: Asked = {}): Promise<IncomingMessage> {
  const { method, headers, body, from = '127.0.0.1' } = options;
  const sent = request({
    host: '127.0.0.1',
    localAddress: from,
    port,
    path,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      host: publicHost,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    rejectUnauthorized: false,
    agent: false,
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Another address of this machine than 127.0.0.1, at which nginx is a trusted proxy. */
  readonly from?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The same, with the whole answer. */
export async function ask(port: number, path: string, options: Asked = {}): Promise<Answered> {
  const answer = await open(port, path, options);
  let body = '';
  for await (const chunk of answer) body += String(chunk);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body };
}

/** A WebSocket of a page at the public URL, with the cookie of a session in `headers`. */
export async function openSocket(port: number, headers: Record<string, string>): Promise<BareSocket> {
  const page = { origin: `https://${publicHost}`, ...headers };
  const { body } = await ask(port, '/session/ticket', { method: 'POST', headers: { ...csrf, ...page } });
  const { ticket } = JSON.parse(body) as { readonly ticket: string };
  const { origin, ...others } = page;
  const socket = await connect(port, {
    ...announced,
    secure: true,
    client: { headers: { host: publicHost, ...others }, origin },
  });
  socket.send(params({ ticket }));
  return socket;
}
