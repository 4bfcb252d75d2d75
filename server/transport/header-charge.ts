import type { IncomingMessage } from 'node:http';
import type { MemoryAccount, MemoryCharge } from '../runtime/memory-account.ts';

/** Headers of browsers and libraries are nearly always shorter, and are not charged. */
const freeBytes = 4096;

/** Size of a header apart from its characters. */
const rowBytes = 64;

/**
 * Charges the URL and the headers of a request that is much longer than usual: an event stream keeps them as
 * long as it lasts, and thousands of streams with cookies of 60 KB exhausted the heap.
 *
 * @returns `undefined` if there is no memory; otherwise the charge.
 */
export function chargeHeaders(
  request: IncomingMessage,
  account: MemoryAccount,
): Pick<MemoryCharge, 'bytes' | 'release'> | undefined {
  let bytes = request.url?.length ?? 0;
  for (const text of request.rawHeaders) bytes += text.length + rowBytes / 2;
  return bytes <= freeBytes ? free : account.charge('requests', bytes);
}

const free: Pick<MemoryCharge, 'bytes' | 'release'> = { bytes: 0, release: () => undefined };
