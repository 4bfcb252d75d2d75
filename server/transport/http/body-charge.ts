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
  /** The JSON of a refusal. @default plainError */
  readonly bodyOf?: (error: StagewireError) => object;
}

/** Bytes of UTF-8 that were read are held as text of up to two bytes each. */
const textFactor = 2;

/**
 * Counts the body of a request as it arrives, until the request has been answered. What its headers say is not believed: a
 * length without a body would hold room for nothing. A body that does not fit, or that has begun and brings nothing for
 * `messageIdleMs`, is refused, and the call in it is not made.
 *
 * @returns false if the request was refused at once, because what it says does not fit now or ever.
 */
export function chargeBody(
  request: IncomingMessage,
  response: ServerResponse,
  { account, clock, limits, bodyOf = plainError }: BodyChargeOptions,
): boolean {
  const { maxMessageBytes, freeMessageBytes, messageIdleMs } = limits;
  const saidBytes = Number(request.headers['content-length'] ?? 0);
  if (saidBytes > maxMessageBytes) {
    refuse(413, wireErrors.TOO_LARGE.body(maxMessageBytes));
    return false;
  }
  if (saidBytes > freeMessageBytes && !account.hasRoom('requests', saidBytes * textFactor)) {
    refuse(503, wireErrors.OVERLOADED.memory('request'));
    return false;
  }
  // Of other requests no body is read.
  if (request.method !== 'POST') return true;

  let receivedBytes = 0;
  let heardAtMs = 0;
  let charge: MemoryCharge | undefined;
  let cancelTimer: (() => void) | undefined;

  function look(): void {
    const leftMs = heardAtMs + messageIdleMs - clock.now();
    if (leftMs > 0) cancelTimer = clock.after(leftMs, look);
    else stop(408, wireErrors.INVALID_INPUT.bodyStalled(messageIdleMs));
  }

  function stop(status: number, error: StagewireError): void {
    cancelTimer?.();
    request.off('data', count);
    // The reader of the body is let go of with all it holds, and never hears of an end: it would make the call.
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
    // What is larger than it may be is refused by whoever reads it.
    if (receivedBytes <= freeMessageBytes || receivedBytes > maxMessageBytes) return;
    heardAtMs = clock.now();
    charge ??= account.charge('requests', 0);
    if (charge?.resize(receivedBytes * textFactor) !== true)
      return stop(503, wireErrors.OVERLOADED.memory('request'));
    cancelTimer ??= clock.after(messageIdleMs, look);
  }

  request.on('data', count);
  request.once('end', () => cancelTimer?.());
  response.once('close', () => {
    // What still comes of a body that was answered early is discarded.
    request.off('data', count);
    cancelTimer?.();
    charge?.release();
  });
  return true;
}
