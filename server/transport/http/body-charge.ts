import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../../runtime/clock.ts';
import type { MemoryAccount, MemoryCharge } from '../../runtime/memory-account.ts';
import type { TransportLimits } from '../limits.ts';
import type { TurnBudget } from '../../runtime/turn-budget.ts';
import { plainError } from '../plain-error.ts';
import { createBodyPacing } from './body-pacing.ts';

export interface BodyChargeOptions {
  readonly account: MemoryAccount;
  readonly clock: Pick<Clock, 'elapsed' | 'after'>;
  readonly limits: Pick<TransportLimits, 'maxMessageBytes' | 'freeMessageBytes' | 'messageIdleMs'>;
  /** Turns of the event loop in which large bodies are read and parsed. */
  readonly turns: TurnBudget;
  /** The JSON of a rejection. @default plainError */
  readonly bodyOf?: (error: StagewireError) => object;
}

/** UTF-8 is kept as text of up to two bytes per byte read. */
const textFactor = 2;

/**
 * Charges the body of a request as it arrives, until the request is answered. Its content-length is not
 * charged: a length without a body would occupy memory for nothing. A body that does not fit, or that stalls
 * for `messageIdleMs`, is rejected, and its call is not made.
 *
 * A large body is read in turns of the event loop.
 *
 * @returns resolves when the body may be parsed: at once for a small one, otherwise when it has arrived and it is its turn.
 * Stays pending if the body does not arrive or is rejected. `undefined` if the request was rejected at once because its
 * content-length does not fit.
 */
export function chargeBody(
  request: IncomingMessage,
  response: ServerResponse,
  { account, clock, limits, turns, bodyOf = plainError }: BodyChargeOptions,
): Promise<void> | undefined {
  const { maxMessageBytes, freeMessageBytes, messageIdleMs } = limits;
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > maxMessageBytes) {
    refuse(413, wireErrors.TOO_LARGE.body(maxMessageBytes));
    return undefined;
  }
  if (declaredBytes > freeMessageBytes && !account.hasRoom('requests', declaredBytes * textFactor)) {
    refuse(503, wireErrors.OVERLOADED.memory('request'));
    return undefined;
  }
  // The bodies of other requests are not read.
  if (request.method !== 'POST') return Promise.resolve();

  let receivedBytes = 0;
  let receivedAtMs = 0;
  let charge: MemoryCharge | undefined;
  let cancelTimer: (() => void) | undefined;
  const arrived = Promise.withResolvers<void>();
  const pacing = createBodyPacing(request, turns);

  function checkIdle(): void {
    // A body that waits for its turn has not stalled.
    if (request.isPaused()) receivedAtMs = clock.elapsed();
    const leftMs = receivedAtMs + messageIdleMs - clock.elapsed();
    if (leftMs > 0) cancelTimer = clock.after(leftMs, checkIdle);
    else stop(408, wireErrors.INVALID_INPUT.bodyStalled(messageIdleMs));
  }

  function stop(status: number, error: StagewireError): void {
    cancelTimer?.();
    request.off('data', count);
    // The body's reader must not see its end: it would make the call.
    request.removeAllListeners('data');
    request.removeAllListeners('end');
    if (response.headersSent) request.destroy();
    else refuse(status, error);
  }

  function refuse(status: number, error: StagewireError): void {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    response.writeHead(status, status === 503 ? { ...headers, 'retry-after': '1' } : headers);
    response.end(JSON.stringify(bodyOf(error)));
  }

  function count(chunk: Buffer): void {
    receivedBytes += chunk.length;
    pacing.received(chunk.length);
    if (receivedBytes > maxMessageBytes) return stop(413, wireErrors.TOO_LARGE.body(maxMessageBytes));
    if (receivedBytes <= freeMessageBytes) return;
    receivedAtMs = clock.elapsed();
    charge ??= account.charge('requests', 0);
    if (charge?.resize(receivedBytes * textFactor) !== true)
      return stop(503, wireErrors.OVERLOADED.memory('request'));
    cancelTimer ??= clock.after(messageIdleMs, checkIdle);
  }

  if (declaredBytes > freeMessageBytes) pacing.wait();
  request.on('data', count);
  request.once('end', () => {
    cancelTimer?.();
    if (receivedBytes <= freeMessageBytes) arrived.resolve();
    else turns.run(() => arrived.resolve());
  });
  response.once('close', () => {
    // The rest of a body that was answered early is discarded.
    request.off('data', count);
    cancelTimer?.();
    charge?.release();
  });
  return arrived.promise;
}
