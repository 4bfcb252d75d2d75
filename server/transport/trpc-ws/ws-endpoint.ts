import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { StagewireError } from '@stagewire/shared';
import { closeReasons } from '@stagewire/shared/close-reasons';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { WebSocketServer } from 'ws';
import type { Admission } from '../admission.ts';
import { chargeHeaders } from '../header-charge.ts';
import { limitPartialMessages } from './partial-messages.ts';
import { createPacedSocketClass } from '../paced-socket.ts';
import type { PacedSocketClass } from '../paced-socket.ts';
import { createUnsentMonitor } from './unsent-monitor.ts';
import { createAttachSocket } from './attach-socket.ts';
import { createTrpcWsEngine } from './engine.ts';
import type { TrpcWsEngineOptions } from './engine.ts';

export interface WsEndpointOptions extends TrpcWsEngineOptions {
  readonly admission: Admission;
  /** Called for every rejection by the admission. */
  readonly logRejection: (request: IncomingMessage, reason: string) => void;
  /** The only path that is upgraded. */
  readonly path: string;
  /** The same as clients know it, for messages. @default path */
  readonly shownPath?: string | undefined;
  /** Has the server started? Until then upgrades are rejected with 503. */
  readonly isOpen: () => boolean;
}

/** The WebSocket half of the server. */
export interface WsEndpoint {
  /** Admits an upgrade, or rejects it with an HTTP response. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly connectionCount: number;
  /** Are all further upgrades rejected? */
  readonly isRefusing: boolean;
  /** Unsent bytes of all connections together. */
  readonly unsentBytes: number;
  /** Asks every client to reconnect, evenly over `spreadMs`, so that they do not all reconnect at once. */
  announceReconnect(spreadMs: number): void;
  /** Rejects every further upgrade with 503; open sockets stay open. */
  refuseUpgrades(): void;
  /** Closes every socket with 1012 and resolves when the last one is closed, after at most `closeGraceMs`. */
  close(): Promise<void>;
}

/** tRPC's clients then open a new connection and leave this one. */
const reconnectNotice = JSON.stringify({ id: null, method: 'reconnect' });
const serviceRestart = 1012;

export function createWsEndpoint(options: WsEndpointOptions): WsEndpoint {
  const { admission, path, clock, limits, accessLog } = options;
  let clients: ReadonlySet<{ readonly bufferedAmount: number }> = new Set();
  const unsentBytes = () => {
    let sum = 0;
    for (const client of clients) sum += client.bufferedAmount;
    return sum;
  };
  const unsent = createUnsentMonitor({ clock, account: options.account, sum: unsentBytes });
  const server = new WebSocketServer<PacedSocketClass>({
    noServer: true,
    WebSocket: createPacedSocketClass({
      clock,
      highWaterMarkBytes: limits.highWaterMarkBytes,
      isMemoryShort: () => unsent.isMemoryShort(),
      slowReaderMs: limits.slowReaderMs,
      minReaderBytesPerSecond: limits.minReaderBytesPerSecond,
      terminateAfterMs: limits.terminateAfterMs,
    }),
    maxPayload: limits.maxMessageBytes,
    // One message per socket and turn: hundreds in one packet would otherwise be handled in one turn, and block
    // all others.
    allowSynchronousEvents: false,
    // Deflate costs 350 KB per connection and twice the CPU, and hides the backlog from bufferedAmount.
    perMessageDeflate: false,
  });
  clients = server.clients;
  const attach = createAttachSocket(createTrpcWsEngine(options), options);
  const timers = new Set<() => void>();
  let refusing = false;

  /** Answers a request without a WebSocket. */
  function send(request: IncomingMessage, socket: Duplex, refusal: Refusal): void {
    accessLog?.upgraded(request, { status: refusal.status, route: routeOf(request) });
    const ids = accessLog === undefined ? [] : [`X-Request-Id: ${accessLog.requestId(request)}`];
    sendRefusal(socket, { ...refusal, headers: [...ids, ...(refusal.headers ?? [])] });
  }

  function routeOf(request: IncomingMessage): string | undefined {
    return pathOf(request) === path ? path : undefined;
  }

  server.on('headers', (headers, request) => {
    if (accessLog === undefined) return;
    headers.push(`X-Request-Id: ${accessLog.requestId(request)}`);
    accessLog.upgraded(request, { status: 101, route: path });
  });
  server.on('wsClientError', ({ message }, socket, request) => {
    if (request.method !== 'GET')
      return send(request, socket, { status: 405, message, headers: ['Allow: GET'] });
    const version = request.headers['sec-websocket-version'] ?? '';
    const headers = /^(?:8|13)$/.test(version) ? [] : ['Sec-WebSocket-Version: 13, 8'];
    send(request, socket, { status: 400, message, headers });
  });

  return {
    upgrade(request, socket, head) {
      // First of all: a reset during a rejection would be an unhandled error and end the process.
      const drop = () => socket.destroy();
      socket.on('error', drop);
      const refuse = (status: number, { code, message }: StagewireError) => {
        options.onRejected?.(code);
        send(request, socket, { status, message });
      };
      if (refusing) return refuse(503, wireErrors.DRAINING());
      if (!options.isOpen()) return refuse(503, wireErrors.OVERLOADED.starting());
      const decision = admission.decide(request);
      if (!decision.admitted) {
        options.logRejection(request, decision.error.message);
        return refuse(decision.status, decision.error);
      }
      if (pathOf(request) !== path)
        return refuse(404, wireErrors.UNKNOWN_PROCEDURE.socketPath(options.shownPath ?? path));
      const headers = chargeHeaders(request, options.account);
      if (headers === undefined) {
        return refuse(503, wireErrors.OVERLOADED.memory('headers'));
      }
      if (headers.bytes > 0) socket.once('close', headers.release);
      server.handleUpgrade(request, socket, head, (client) => {
        socket.off('error', drop);
        // They are kept until the connection parameters have arrived, in the first message.
        if (headers.bytes > 0) client.once('message', headers.release);
        attach(client, request, limitPartialMessages(client, socket, options));
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
      // Closes the sockets before their subscriptions: one that returned would complete at its client.
      for (const client of server.clients) client.closeOrTerminate(serviceRestart, closeReasons.restart());
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

interface Refusal {
  readonly status: number;
  readonly message: string;
  /** In addition to those of all refusals. */
  readonly headers?: readonly string[];
}

function sendRefusal(socket: Duplex, { status, message, headers = [] }: Refusal): void {
  const body = `${message}\n`;
  socket.once('finish', () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Cache-Control: no-store',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...headers,
      '',
      body,
    ].join('\r\n'),
  );
}
