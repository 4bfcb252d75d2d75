import { connect, type BareSocket } from './bare-socket.ts';
import { params } from './keyed-peers.ts';
import { rawRequest, type RawAnswer } from './raw-request.ts';

const csrf = { 'x-stagewire-csrf': '1' } as const;

/** What a page of the console sends: its cookie, and the header that pages of other sites cannot send. */
export interface BrowserPeer {
  readonly port: number;
  /** The header `Cookie`. */
  cookie: string;
  /** A POST with a body, else a GET, with the session's cookie and the header; those given win. */
  request(path: string, options?: BrowserRequest): Promise<RawAnswer>;
  /** POST /session, and keeps the cookie. */
  signIn(token: string, headers?: Record<string, string>): Promise<RawAnswer>;
  ticket(headers?: Record<string, string>): Promise<string>;
  /** A WebSocket with the cookie, the own origin and a ticket. */
  socket(options?: {
    readonly ticket?: string;
    readonly headers?: Record<string, string>;
  }): Promise<BareSocket>;
}

export interface BrowserRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export function createBrowserPeer(port: number, host = `127.0.0.1:${port}`): BrowserPeer {
  const peer: BrowserPeer = {
    port,
    cookie: '',
    request: (path, { method, headers = {}, body } = {}) =>
      rawRequest(port, {
        path,
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: withoutEmpty({
          host,
          cookie: peer.cookie,
          ...csrf,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        }),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    async signIn(token, headers = {}) {
      const answer = await peer.request('/session', { body: { token }, headers });
      const [cookie] = answer.headers['set-cookie'] ?? [];
      if (cookie !== undefined) peer.cookie = cookie.split(';')[0] ?? '';
      return answer;
    },
    async ticket(headers = {}) {
      const { body } = await peer.request('/session/ticket', { method: 'POST', headers });
      return (JSON.parse(body) as { readonly ticket: string }).ticket;
    },
    async socket({ ticket, headers = {} } = {}) {
      const given = withoutEmpty({ host, cookie: peer.cookie, origin: `http://${host}`, ...headers });
      const { origin, ...others } = given;
      const socket = await connect(port, {
        query: '?connectionParams=1',
        client: { headers: others, ...(origin !== undefined && { origin }) },
      });
      socket.send(params({ ticket: ticket ?? (await peer.ticket(headers)) }));
      return socket;
    },
  };
  return peer;
}

/** A header is left out by an empty value. */
function withoutEmpty(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
}

/** The code of the error in an answer; `undefined` if it has none. */
export function codeIn({ body }: { readonly body: string }): string | undefined {
  return /"stagewire":\{"code":"([A-Z_]+)"/.exec(body)?.[1];
}

/** How a credential is rejected: the failed attempts of all tests of one server together may be limited. */
export const rejected = /^(?:UNAUTHENTICATED|RATE_LIMITED)$/;

/** A page on another port of the same host is of the same site: the browser sends it the cookie, although that is SameSite. */
export const sameSite = { origin: 'http://127.0.0.1:9', 'sec-fetch-site': 'same-site' } as const;
