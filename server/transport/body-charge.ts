import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MemoryAccount, MemoryCharge } from '../runtime/memory-account.ts';
import type { TransportLimits } from './limits.ts';
import { plainError } from './plain-error.ts';

/** Bytes of UTF-8 that were read are held as text of up to two bytes each. */
const textFactor = 2;

/**
 * Holds room for the body of a request before it is read: as much as it says, or as much as it may have. `undefined` if
 * there is none. Whoever calls releases it when the request has been answered.
 */
export function chargeBody(
  request: IncomingMessage,
  {
    account,
    limits,
  }: {
    readonly account: MemoryAccount;
    readonly limits: Pick<TransportLimits, 'maxMessageBytes' | 'freeMessageBytes'>;
  },
): MemoryCharge | undefined {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const said = encoding === undefined ? Number(length ?? 0) : limits.maxMessageBytes;
  // What is larger than it may be is refused before it is read.
  const bytes = Math.min(Number.isNaN(said) ? limits.maxMessageBytes : said, limits.maxMessageBytes);
  return account.charge('requests', bytes <= limits.freeMessageBytes ? 0 : bytes * textFactor);
}

export function refuseLargeBody(response: ServerResponse): void {
  const message = 'The server has no memory for so large a request just now; try again later.';
  response.writeHead(503, { 'content-type': 'application/json; charset=utf-8', 'retry-after': '1' });
  response.end(JSON.stringify(plainError('OVERLOADED', message)));
}

/** Refuses a body by the length that its headers say: nothing waits, or holds room, for bytes that will not be read. */
export function refuseOversizedBody(response: ServerResponse, maxBytes: number): void {
  const message = `The body is larger than ${maxBytes} bytes.`;
  response.writeHead(413, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(plainError('TOO_LARGE', message)));
}
