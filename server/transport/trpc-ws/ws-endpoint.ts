import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Admission } from '../admission.ts';
import { chargeHeaders } from '../header-charge.ts';
import { watchBegunMessages } from './begun-messages.ts';
import { createPacedSocketClass } from '../paced-socket.ts';
import type { PacedSocketClass } from '../paced-socket.ts';
import { createUnsentWatch } from './unsent-watch.ts';
import { attachSocket } from './attach-socket.ts';
import { createTrpcWsEngine } from './engine.ts';
import type { TrpcWsEngineOptions } from './engine.ts';

export interface WsEndpointOptions extends TrpcWsEngineOptions {
  readonly admission: Admission;
  /** Told of everybody whom the admission refuses. */
  readonly logRefusal: (request: IncomingMessage, reason: string) => void;
  /** The only path that is upgraded. */
  readonly path: string;
  /** Is the start over? Until then upgrades are refused with 503. */
  readonly isOpen: () => boolean;
}

/** The WebSocket half of the server. */
export interface WsEndpoint {
  /** Admits an upgrade or refuses it with an HTTP answer. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly connectionCount: number;
  /** Is every further upgrade refused? */
  readonly isRefusing: boolean;
  /** Bytes that wait for their readers, of all connections together. */
  readonly unsentBytes: number;
  /** Asks every client to connect again, evenly over `spreadMs`: all at once, they would come back all at once. */
  announceReconnect(spreadMs: number): void;
  /** Refuses every further upgrade with 503; the sockets that are open stay so. */
  refuseUpgrades(): void;
  /** Closes every socket with 1012 and resolves when the last one is gone, after `closeGraceMs` at the latest. */
  close(): Promise<void>;
}

/** What tRPC's clients take as the wish to go over to a new connection, then leave this one. */
const reconnectNotice = JSON.stringify({ id: null, method: 'reconnect' });
const serviceRestart = 1012;

export function createWsEndpoint(options: WsEndpointOptions): WsEndpoint {
  const { admission, path, clock, limits } = options;
  let clients: ReadonlySet<{ readonly bufferedAmount: number }> = new Set();
  const unsentBytes = () => {
    let sum = 0;
    for (const client of clients) sum += client.bufferedAmount;
    return sum;
  };
  const unsent = createUnsentWatch({ clock, account: options.account, sum: unsentBytes });
  const server = new WebSocketServer<PacedSocketClass>({
    noServer: true,
    WebSocket: createPacedSocketClass({
      clock,
      highWaterMarkBytes: limits.highWaterMarkBytes,
      isCrowded: () => unsent.isCrowded(),
      slowReaderMs: limits.slowReaderMs,
      minReaderBytesPerSecond: limits.minReaderBytesPerSecond,
      terminateAfterMs: limits.terminateAfterMs,
    }),
    maxPayload: limits.maxMessageBytes,
    // One message per socket and turn: hundreds that came in one packet would be taken in one, and hold up all others.
    allowSynchronousEvents: false,
    // Deflate costs 350 KB per connection and twice the CPU, and hides the backlog from bufferedAmount.
    perMessageDeflate: false,
  });
  clients = server.clients;
  const engine = createTrpcWsEngine(options);
  const timers = new Set<() => void>();
  let refusing = false;

  return {
    upgrade(request, socket, head) {
      // Before anything else: a reset while we refuse would be an unhandled error and end the process.
      const drop = () => socket.destroy();
      socket.on('error', drop);
      if (refusing) return refuse(socket, 503, 'The server is about to stop.');
      if (!options.isOpen()) return refuse(socket, 503, 'The server is starting; try again in a moment.');
      const verdict = admission.judge(request);
      if (!verdict.admitted) {
        options.logRefusal(request, verdict.message);
        return refuse(socket, verdict.status, verdict.message);
      }
      if (pathOf(request) !== path) return refuse(socket, 404, `WebSockets are served at ${path} only.`);
      const headers = chargeHeaders(request, options.account);
      if (headers === undefined) {
        return refuse(socket, 503, 'The server has no memory for headers as long as these just now.');
      }
      if (headers.bytes > 0) socket.once('close', headers.release);
      server.handleUpgrade(request, socket, head, (client) => {
        socket.off('error', drop);
        // They are kept until the parameters of the connection have been said, which is in its first message.
        if (headers.bytes > 0) client.once('message', headers.release);
        attachSocket(engine, client, {
          ...options,
          request,
          begun: watchBegunMessages(client, socket, options),
        });
      });
    },
    get isRefusing() {
      return refusing;
    },
    get connectionCount() {
      return server.clients.size;
    },
    get unsentBytes() {
      return unsentBytes();
    },
    announceReconnect(spreadMs) {
      const clients = [...server.clients];
      for (const [index, client] of clients.entries()) {
        const cancel = clock.after((spreadMs * index) / clients.length, () => {
          timers.delete(cancel);
          if (client.readyState === client.OPEN) client.send(reconnectNotice);
        });
        timers.add(cancel);
      }
    },
    refuseUpgrades() {
      refusing = true;
    },
    async close() {
      refusing = true;
      for (const cancel of timers) cancel();
      timers.clear();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      // The sockets go first and the subscriptions with them: one that returned would tell its client it was complete.
      for (const client of server.clients) client.closeOrTerminate(serviceRestart, 'the server restarts');
      const cancel = clock.after(limits.closeGraceMs, () => {
        for (const client of server.clients) client.terminate();
      });
      await closed;
      cancel();
    },
  };
}

function pathOf(request: IncomingMessage): string | undefined {
  return URL.parse(request.url ?? '', 'http://host')?.pathname;
}

function refuse(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  socket.once('finish', () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Cache-Control: no-store',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
