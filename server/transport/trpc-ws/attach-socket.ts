import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { TransportLimits } from '../limits.ts';
import type { PacingSocket } from '../paced-socket.ts';
import type { TrpcWsEngine } from './engine.ts';
import type { PartialMessages } from './partial-messages.ts';
import { createKeepAlive } from './keep-alive.ts';

export interface AttachSocketOptions {
  /** What is counted of messages that have not ended. @default nothing is */
  readonly begun?: PartialMessages;
  /** Of the upgrade. */
  readonly request: IncomingMessage;
  readonly clock: Clock;
  readonly limits: Pick<
    TransportLimits,
    'pingMs' | 'pongWaitMs' | 'minReaderBytesPerSecond' | 'terminateAfterMs'
  >;
  readonly logger: Logger;
}

/** Attaches a WebSocket of the package `ws` to the engine: its messages, its end, and pings that detect a dead one. */
export function attachSocket(
  engine: TrpcWsEngine,
  socket: PacingSocket,
  { begun, request, clock, limits, logger }: AttachSocketOptions,
): void {
  const connection = engine.open(socket, request);
  const keepAlive = createKeepAlive(socket, { clock, ...limits });
  // One listener per event: there may be ten thousand sockets, and each listener more costs 100 bytes.
  // The socket closes after it; without a listener the process would end.
  socket.on('error', ({ message }) => {
    begun?.failed();
    logger.info({ error: message }, 'a socket failed');
    // `ws` has closed it, and would wait half a minute for a peer that may not answer.
    const cancel = clock.after(limits.terminateAfterMs, () => socket.terminate());
    socket.once('close', cancel);
  });
  socket.on('message', (data: Buffer, isBinary) => {
    begun?.message();
    connection.message(data, isBinary);
    keepAlive.alive();
  });
  if (begun !== undefined) socket.on('ping', (data) => begun.control(data));
  socket.on('pong', (data) => {
    begun?.control(data);
    keepAlive.alive();
  });
  socket.on('close', () => {
    begun?.closed();
    connection.closed();
    keepAlive.end();
  });
}
