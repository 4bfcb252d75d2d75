import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import type { TransportLimits } from '../limits.ts';

export interface LingerOptions {
  readonly clock: Pick<Clock, 'after' | 'elapsed'>;
  readonly limits: Pick<TransportLimits, 'lingerMs' | 'requestTimeoutMs'>;
}

/**
 * Keeps a connection open while the body of a rejected request is still arriving. Otherwise Node closes it with
 * the end of the response if the client sent `Connection: close`; the remaining body is then answered with a
 * reset, and the client never reads the rejection. The body is discarded. The connection is closed when the
 * body has ended, when no byte came for `lingerMs`, and at the latest after `requestTimeoutMs`.
 *
 * Call it before the headers are written.
 */
export function lingerForBody(
  request: IncomingMessage,
  response: ServerResponse,
  { clock, limits }: LingerOptions,
): void {
  const asksToClose = hasBody(request) && /\bclose\b/i.test(request.headers.connection ?? '');
  // Otherwise Node closes the connection at once.
  if (asksToClose) response.setHeader('connection', 'keep-alive');
  response.once('finish', () => {
    const { socket } = request;
    if (request.complete) return asksToClose ? socket.destroySoon() : undefined;
    const finishedAtMs = clock.elapsed();
    let bytesRead = socket.bytesRead;
    let cancel = clock.after(limits.lingerMs, look);
    request.once('close', () => cancel());
    if (asksToClose) request.once('end', () => socket.destroySoon());
    request.resume();

    function look(): void {
      const isIdle = socket.bytesRead === bytesRead;
      if (isIdle || clock.elapsed() - finishedAtMs >= limits.requestTimeoutMs) return void request.destroy();
      bytesRead = socket.bytesRead;
      cancel = clock.after(limits.lingerMs, look);
    }
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
