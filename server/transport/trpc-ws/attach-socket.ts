import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { TransportLimits } from '../limits.ts';
import type { PacingSocket } from '../paced-socket.ts';
import type { TrpcWsEngine } from './engine.ts';
import { keepAlive } from './keep-alive.ts';

export interface AttachSocketOptions {
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
  { request, clock, limits, logger }: AttachSocketOptions,
): void {
  const connection = engine.open(socket, request);
  // The socket closes after it; without a listener the process would end.
  socket.on('error', ({ message }) => {
    logger.info({ error: message }, 'a socket failed');
    // `ws` has closed it, and would wait half a minute for a peer that may not answer.
    const cancel = clock.after(limits.terminateAfterMs, () => socket.terminate());
    socket.once('close', cancel);
  });
  socket.on('message', (data: Buffer, isBinary) => connection.message(data, isBinary));
  socket.on('close', () => connection.closed());
  const { pingMs, pongWaitMs, minReaderBytesPerSecond } = limits;
  keepAlive(socket, { clock, pingMs, pongWaitMs, minReaderBytesPerSecond });
}
