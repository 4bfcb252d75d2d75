import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import type { TurnBudget } from '../../runtime/turn-budget.ts';
import type { TransportLimits } from '../limits.ts';
import { createBodyPacing } from './body-pacing.ts';

export interface LingerOptions {
  readonly clock: Pick<Clock, 'after' | 'elapsed'>;
  readonly limits: Pick<TransportLimits, 'lingerMs' | 'requestTimeoutMs'>;
  /** Turns of the event loop in which the rest of a body is read. */
  readonly turns: TurnBudget;
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
  { clock, limits, turns }: LingerOptions,
): void {
  // Node reads the rest of a body that was never read as fast as it comes.
  if (hasBody(request)) request.read(0);
  const asksToClose = hasBody(request) && /\bclose\b/i.test(request.headers.connection ?? '');
  // Otherwise Node closes the connection at once.
  if (asksToClose) response.setHeader('connection', 'keep-alive');
  response.once('finish', () => {
    const { socket } = request;
    if (request.complete) return asksToClose ? socket.destroySoon() : undefined;
    const finishedAtMs = clock.elapsed();
    let bytesRead = socket.bytesRead;
    let wasWaiting = true;
    let cancel = clock.after(limits.lingerMs, look);
    request.once('close', () => cancel());
    if (asksToClose) request.once('end', () => socket.destroySoon());
    // Who has answered does not need the rest.
    request.removeAllListeners('data');
    const pacing = createBodyPacing(request, turns);
    pacing.wait();
    request.on('data', (chunk: Buffer) => {
      pacing.received(chunk.length);
      discard(chunk);
    });

    function look(): void {
      // What waits for its turn, or did until a moment ago, is not idle.
      const isWaiting = request.isPaused();
      const isIdle = socket.bytesRead === bytesRead && !isWaiting && !wasWaiting;
      wasWaiting = isWaiting;
      if (isIdle || clock.elapsed() - finishedAtMs >= limits.requestTimeoutMs) return void request.destroy();
      bytesRead = socket.bytesRead;
      cancel = clock.after(limits.lingerMs, look);
    }
  });
}

/**
 * Frees a chunk that is not needed. The garbage collector would do it only after some 64 MB of them, which the C library then
 * rarely returns to the system.
 */
function discard({ buffer, byteOffset, byteLength }: Buffer): void {
  const isOwn = buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength;
  if (isOwn) buffer.transfer(0);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
