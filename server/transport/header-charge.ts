import type { IncomingMessage } from 'node:http';
import type { MemoryAccount, MemoryCharge } from '../runtime/memory-account.ts';

/** Headers of browsers and libraries are nearly always shorter, and are not counted. */
const freeBytes = 4096;

/** What a header takes beside its characters. */
const rowBytes = 64;

/**
 * Counts the address and the headers of a request that is much longer than usual: an event stream keeps them for as long
 * as it lasts, and thousands of streams with cookies of 60 KB took the heap and the process.
 *
 * @returns `undefined` if there is no room; else what gives the room back.
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
