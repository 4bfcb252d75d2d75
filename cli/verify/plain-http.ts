import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CheckFailed } from './expectation.ts';
import { startedIn } from './started-runs.ts';

export interface PlainAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface PlainRequest {
  readonly method?: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Plain HTTP with any Host and Origin; `fetch` does not allow to set them. */
export interface PlainHttp {
  send(request: PlainRequest): Promise<PlainAnswer>;
  get(procedure: string, input?: unknown, headers?: Readonly<Record<string, string>>): Promise<PlainAnswer>;
  post(procedure: string, input: unknown): Promise<PlainAnswer>;
  /** The status of the reply to a WebSocket upgrade; 101 if it was accepted. */
  upgrade(path: string, headers?: Readonly<Record<string, string>>): Promise<number>;
}

export interface PlainHttpOptions {
  /** The timeout of a reply, in milliseconds. */
  readonly patienceMs: number;
  /** Sent with every request. */
  readonly token?: string | undefined;
  /** Called with each run that a reply reports as started. */
  readonly onStarted: (runId: string) => void;
}

export function createPlainHttp(base: URL, { patienceMs, token, onStarted }: PlainHttpOptions): PlainHttp {
  const credentials = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const open = base.protocol === 'https:' ? httpsRequest : httpRequest;
  const root = base.pathname.replace(/\/(?:trpc\/?)?$/, '');

  const send = ({ method = 'GET', path, headers = {}, body }: PlainRequest) =>
    new Promise<PlainAnswer>((resolve, reject) => {
      const request = open(new URL(root + path, base), {
        method,
        headers: { ...credentials, ...headers },
        agent: false,
        timeout: patienceMs,
      });
      request.once('response', (response) => {
        readAll(response).then((text) => {
          for (const runId of startedIn(text)) onStarted(runId);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        }, reject);
      });
      request.once('timeout', () =>
        request.destroy(new CheckFailed(`an answer within ${patienceMs} ms`, 'nothing')),
      );
      request.once('error', reject);
      request.end(body);
    });

  return {
    send,
    get: (procedure, input, headers = {}) => send({ path: pathOf(procedure, input), headers }),
    post: (procedure, input) =>
      send({
        method: 'POST',
        path: `/trpc/${procedure}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(input),
      }),
    upgrade: (path, headers = {}) =>
      new Promise((resolve, reject) => {
        const request = open(new URL(root + path, base), {
          headers: { ...upgradeHeaders, ...credentials, ...headers },
          agent: false,
          timeout: patienceMs,
        });
        request.once('upgrade', (response, socket) => {
          socket.destroy();
          resolve(response.statusCode ?? 0);
        });
        request.once('response', (response) => {
          response.destroy();
          resolve(response.statusCode ?? 0);
        });
        request.once('error', reject);
        request.end();
      }),
  };
}

/** The URL path of a query. */
export function pathOf(procedure: string, input?: unknown): string {
  const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  return `/trpc/${procedure}${query}`;
}

/** The body of a reply, parsed as JSON. @throws CheckFailed */
export function jsonOf({ text, status }: PlainAnswer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CheckFailed('a body of JSON', `status ${status}: ${text.slice(0, 200)}`);
  }
}

const upgradeHeaders = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
};

async function readAll(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
