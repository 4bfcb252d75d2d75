import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

export interface NonsenseServerOptions {
  /** What a socket is sent when it asks for a subscription with this id. @default nothing */
  readonly onSubscription?: (socket: WebSocket, id: number) => void;
  /** What a call is answered with. @default 404 without a body */
  readonly onCall?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** A server that speaks HTTP and WebSocket and otherwise says what a test makes it say. */
export interface NonsenseServer extends AsyncDisposable {
  readonly url: string;
}

export async function startNonsenseServer(options: NonsenseServerOptions): Promise<NonsenseServer> {
  const { onSubscription = () => {}, onCall = (_request, response) => void response.writeHead(404).end() } =
    options;
  const server = createServer(onCall);
  const wss = new WebSocketServer({ server });
  wss.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text === 'PING') return socket.send('PONG');
      const heard: unknown = JSON.parse(text);
      for (const message of (Array.isArray(heard) ? heard : [heard]) as { id?: number; method?: string }[]) {
        if (message.method === 'subscription' && message.id !== undefined) onSubscription(socket, message.id);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of wss.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
