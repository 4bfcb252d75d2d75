import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';

export interface FrameProxyOptions {
  /** The port on 127.0.0.1 of the server behind. */
  readonly targetPort: number;
  /** What becomes of a message to the client: itself, others, or nothing. */
  readonly edit: (message: string) => readonly string[];
  /** What becomes of the body of an answer over HTTP. @default itself */
  readonly editBody?: (body: string) => string;
}

/** A server that breaks a rule on purpose: all goes to a real one, and what comes back over WebSocket is edited. */
export interface FrameProxy extends AsyncDisposable {
  readonly url: string;
}

export async function startFrameProxy({
  targetPort,
  edit,
  editBody,
}: FrameProxyOptions): Promise<FrameProxy> {
  const sockets = new Set<WebSocket>();
  const server = createServer((near: IncomingMessage, answer: ServerResponse) => {
    const far = request({
      host: '127.0.0.1',
      port: targetPort,
      method: near.method,
      path: near.url,
      headers: headersFor(near),
      agent: false,
    });
    far.on('response', (response) => {
      if (editBody === undefined) {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
        return;
      }
      text(response).then(
        (body) => {
          const { 'content-length': _length, ...headers } = response.headers;
          answer.writeHead(response.statusCode ?? 502, headers).end(editBody(body));
        },
        () => answer.destroy(),
      );
    });
    far.on('error', () => answer.destroy());
    near.pipe(far);
  });
  const wss = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 * 1024 });

  server.on('upgrade', (near: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { host, origin } = headersFor(near);
    const far = new WebSocket(`ws://127.0.0.1:${targetPort}${near.url ?? ''}`, {
      perMessageDeflate: false,
      headers: { ...(host !== undefined && { host }), ...(origin !== undefined && { origin }) },
    });
    far.on('error', () => socket.destroy());
    far.on('unexpected-response', (_request, response) => {
      socket.end(`HTTP/1.1 ${response.statusCode} refused\r\nContent-Length: 0\r\n\r\n`);
      response.resume();
    });
    far.on('open', () => wss.handleUpgrade(near, socket, head, (client) => join(client, far)));
  });

  /** Everything the server says before the client is there would be lost: it only answers. */
  function join(client: WebSocket, far: WebSocket): void {
    for (const one of [client, far]) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => sockets.delete(one));
    }
    client.on('message', (data: Buffer, binary) => far.send(data, { binary }));
    far.on('message', (data: Buffer) =>
      edit(data.toString('utf8')).forEach((message) => client.send(message)),
    );
    client.on('close', () => far.terminate());
    far.on('close', (code, reason) => {
      if (code === 1006) client.terminate();
      else client.close(code, reason);
    });
  }

  /** The proxy's own name becomes the server's; any other Host is handed on as it is. */
  function headersFor({ headers }: IncomingMessage) {
    const own = headers.host === `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { ...headers, ...(own && { host: `127.0.0.1:${targetPort}` }) };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface EventFrame {
  readonly id: number;
  readonly result: {
    readonly type: 'data';
    readonly id: string;
    readonly data: { readonly id: string; readonly data: WireEvent };
  };
}

interface WireEvent {
  readonly type: string;
  readonly seq: number;
  readonly [field: string]: unknown;
}

/** Lets `edit` have the messages that carry an event of this type; `times` of them, all others pass. */
export function onEvents(
  type: string,
  edit: (event: WireEvent) => readonly WireEvent[],
  times = Infinity,
): FrameProxyOptions['edit'] {
  let left = times;
  return (message) => {
    if (!message.includes(`"type":"${type}"`)) return [message];
    const frame = JSON.parse(message) as EventFrame;
    if (frame.result?.data?.data?.type !== type || left <= 0) return [message];
    left -= 1;
    return edit(frame.result.data.data).map((event) => {
      return JSON.stringify({
        ...frame,
        result: { ...frame.result, data: { ...frame.result.data, data: event } },
      });
    });
  };
}
