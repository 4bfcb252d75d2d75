import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { EngineConnection } from '../engine-socket.ts';
import type { TransportLimits } from '../limits.ts';
import type { PacingSocket } from '../paced-socket.ts';
import type { TrpcWsEngine } from './engine.ts';
import type { PartialMessages } from './partial-messages.ts';
import { createKeepAlives, type KeepAlive } from './keep-alive.ts';

/** The same for all sockets. */
export interface AttachSocketOptions {
  readonly clock: Clock;
  readonly limits: Pick<
    TransportLimits,
    'pingMs' | 'pongWaitMs' | 'minReaderBytesPerSecond' | 'terminateAfterMs'
  >;
  readonly logger: Logger;
}

/**
 * Attaches a WebSocket of the package `ws` to the engine: its messages, its end, and pings that detect a dead one.
 *
 * @param request Of the upgrade.
 * @param begun What is counted of messages that have not ended. Without it nothing is.
 */
export type AttachSocket = (socket: PacingSocket, request: IncomingMessage, begun?: PartialMessages) => void;

export function createAttachSocket(engine: TrpcWsEngine, options: AttachSocketOptions): AttachSocket {
  const { clock, limits } = options;
  const keepAlive = createKeepAlives({ clock, ...limits });
  return (socket: AttachedSocket & PacingSocket, request, begun) => {
    socket[attachment] = {
      options,
      connection: engine.open(socket, request),
      keepAlive: keepAlive(socket),
      begun,
    };
    // The socket closes after an error; without a listener the process would end.
    socket.on('error', onError);
    socket.on('message', onMessage);
    if (begun !== undefined) socket.on('ping', onPing);
    socket.on('pong', onPong);
    socket.on('close', onClose);
  };
}

const attachment = Symbol('attachment');

interface Attachment {
  readonly options: AttachSocketOptions;
  readonly connection: EngineConnection;
  readonly keepAlive: KeepAlive;
  readonly begun: PartialMessages | undefined;
}

interface AttachedSocket extends WebSocket {
  [attachment]?: Attachment;
}

function attachmentOf(socket: AttachedSocket): Attachment {
  const found = socket[attachment];
  if (found === undefined) throw new Error('The socket is not attached.');
  return found;
}

// Listeners that all sockets share; `this` is the socket. With own ones for each, ten thousand sockets take 4 MB more.

function onError(this: WebSocket, { message }: Error): void {
  const { options, begun } = attachmentOf(this);
  begun?.failed();
  options.logger.info({ error: message }, 'a socket failed');
  // `ws` has closed it, and would wait half a minute for a peer that may not answer.
  const cancel = options.clock.after(options.limits.terminateAfterMs, () => this.terminate());
  this.once('close', cancel);
}

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
  const { begun, connection, keepAlive } = attachmentOf(this);
  begun?.message();
  connection.message(data, isBinary);
  keepAlive.alive();
}

function onPing(this: WebSocket, data: Buffer): void {
  attachmentOf(this).begun?.control(data);
}

function onPong(this: WebSocket, data: Buffer): void {
  const { begun, keepAlive } = attachmentOf(this);
  begun?.control(data);
  keepAlive.alive();
}

function onClose(this: WebSocket): void {
  const { begun, connection, keepAlive } = attachmentOf(this);
  begun?.closed();
  connection.closed();
  keepAlive.end();
}
