import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { rawRequest } from './raw-request.ts';

/** One request of the server under test, its body read. */
export interface AskedModel {
  /** Of the body; empty for a list of models. */
  readonly model: string;
  readonly path: string;
  /** What stands in `authorization` or `x-api-key`, without `Bearer`. */
  readonly key: string;
}

/** A provider on loopback that answers with bytes of its own making, valid HTTP or not. */
export interface OddProvider extends AsyncDisposable {
  /** Without `/v1`. */
  readonly url: string;
  readonly asked: readonly AskedModel[];
}

export type OddAnswer = (socket: Socket, asked: AskedModel) => void | Promise<void>;

/** @param answer Writes to the socket what it likes; the socket is destroyed when this is disposed of. */
export async function startOddProvider(answer: OddAnswer): Promise<OddProvider> {
  const sockets = new Set<Socket>();
  const asked: AskedModel[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The client may leave in the middle of anything.
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let request = cutRequest(text); request !== undefined; request = cutRequest(text)) {
        text = request.rest;
        asked.push(request.asked);
        void Promise.resolve(answer(socket, request.asked)).catch(() => socket.destroy());
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function cutRequest(text: string): { readonly asked: AskedModel; readonly rest: string } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  const body = text.slice(end + 4, end + 4 + length);
  if (body.length < length) return undefined;
  return {
    asked: {
      model: /"model":"([^"]+)"/.exec(body)?.[1] ?? '',
      path: head.split(' ', 2)[1] ?? '',
      key: /^(?:authorization: Bearer|x-api-key:) (\S+)/im.exec(head)?.[1] ?? '',
    },
    rest: text.slice(end + 4 + length),
  };
}

/** A head of HTTP, from its status line to the blank line. */
export function head(status: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status}`, ...lines, '', ''].join('\r\n');
}

/** A whole answer that ends with its connection. */
export function whole(status: string, type: string, body: string | Buffer): Buffer {
  const headers = { 'content-type': type, connection: 'close' };
  return Buffer.concat([Buffer.from(head(status, headers)), Buffer.from(body)]);
}

/** One chunk of Chat Completions as server-sent event. */
export function chatEvent(more: Readonly<Record<string, unknown>>): string {
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [], ...more })}\n\n`;
}

export const chatText = (content: string) => chatEvent({ choices: [{ index: 0, delta: { content } }] });
export const chatEnd = () => chatEvent({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });

export interface RunEnd {
  readonly status: string;
  readonly failure?: { readonly code: string; readonly message: string; readonly retryable: boolean };
  readonly usage: Readonly<Record<string, unknown>>;
  readonly stages: readonly { readonly text: string; readonly usage: Readonly<Record<string, unknown>> }[];
  /** Of the run's events, as they came. */
  readonly events: string;
  /** Of the answer of `runs.get`, as it came. */
  readonly body: string;
}

/** Starts a run of one role with this model, one attempt, and follows it to its end. */
export async function runToEnd(port: number, model: string, more: object = {}): Promise<RunEnd> {
  const started = await rawRequest(port, {
    method: 'POST',
    path: '/trpc/runs.start',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      task: 'be odd',
      pipeline: { roles: ['documenter'] },
      models: { default: model },
      limits: { maxAttemptsPerStage: 1 },
      ...more,
    }),
  });
  const { runId } = (JSON.parse(started.body) as { result: { data: { runId: string } } }).result.data;
  const input = encodeURIComponent(JSON.stringify({ runId }));
  const events = await rawRequest(port, { path: `/trpc/runs.events?input=${input}` });
  const got = await rawRequest(port, { path: `/trpc/runs.get?input=${input}` });
  const { data } = (JSON.parse(got.body) as { result: { data: Omit<RunEnd, 'events' | 'body'> } }).result;
  return { ...data, events: events.body, body: got.body };
}
