import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../../runtime/clock.ts';
import type { MemoryAccount, MemoryCharge } from '../../runtime/memory-account.ts';
import type { TransportLimits } from '../limits.ts';
import { plainError } from '../plain-error.ts';

export interface BodyChargeOptions {
  readonly account: MemoryAccount;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly limits: Pick<TransportLimits, 'maxMessageBytes' | 'freeMessageBytes' | 'messageIdleMs'>;
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
 * @returns false if the request was rejected at once because its content-length does not fit.
 */
export function chargeBody(
  request: IncomingMessage,
  response: ServerResponse,
  { account, clock, limits, bodyOf = plainError }: BodyChargeOptions,
): boolean {
  const { maxMessageBytes, freeMessageBytes, messageIdleMs } = limits;
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > maxMessageBytes) {
    refuse(413, wireErrors.TOO_LARGE.body(maxMessageBytes));
    return false;
  }
  if (declaredBytes > freeMessageBytes && !account.hasRoom('requests', declaredBytes * textFactor)) {
    refuse(503, wireErrors.OVERLOADED.memory('request'));
    return false;
  }
  // The bodies of other requests are not read.
  if (request.method !== 'POST') return true;

  let receivedBytes = 0;
  let receivedAtMs = 0;
  let charge: MemoryCharge | undefined;
  let cancelTimer: (() => void) | undefined;

  function checkIdle(): void {
    const leftMs = receivedAtMs + messageIdleMs - clock.now();
    if (leftMs > 0) cancelTimer = clock.after(leftMs, checkIdle);
    else stop(408, wireErrors.INVALID_INPUT.bodyStalled(messageIdleMs));
  }

  function stop(status: number, error: StagewireError): void {
    cancelTimer?.();
    request.off('data', count);
    // The body's reader must not see its end: it would make the call.
    request.removeAllListeners('data');
    request.removeAllListeners('end');
    request.resume();
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
    // The reader rejects a body above the limit.
    if (receivedBytes <= freeMessageBytes || receivedBytes > maxMessageBytes) return;
    receivedAtMs = clock.now();
    charge ??= account.charge('requests', 0);
    if (charge?.resize(receivedBytes * textFactor) !== true)
      return stop(503, wireErrors.OVERLOADED.memory('request'));
    cancelTimer ??= clock.after(messageIdleMs, checkIdle);
  }

  request.on('data', count);
  request.once('end', () => cancelTimer?.());
  response.once('close', () => {
    // The rest of a body that was answered early is discarded.
    request.off('data', count);
    cancelTimer?.();
    charge?.release();
  });
  return true;
}
