import type { ServerResponse } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import type { TransportLimits } from '../limits.ts';
import { flushedBytes } from '../flushed-bytes.ts';

export interface StalledResponseOptions {
  readonly clock: Pick<Clock, 'after'>;
  readonly limits: Pick<TransportLimits, 'slowReaderMs' | 'minReaderBytesPerSecond'>;
}

/**
 * Destroys a response whose client has read next to nothing for `slowReaderMs` while bytes were pending all the time.
 * Neither tRPC, which waits for `drain`, nor Node has a timeout for that.
 */
export function cutStalledResponse(
  response: ServerResponse,
  { clock, limits: { slowReaderMs, minReaderBytesPerSecond } }: StalledResponseOptions,
): void {
  // Its `close` event has passed: the timer would never be cancelled.
  if (response.destroyed) return;
  const minFlushedBytes = (minReaderBytesPerSecond * slowReaderMs) / 1000;
  /** Bytes flushed at the last check; `undefined` if nothing was pending at some moment since. */
  let lastFlushed: number | undefined;
  let cancel = clock.after(slowReaderMs, check);

  function check(): void {
    const flushed = isBackedUp(response) ? flushedBytes(response.socket) : undefined;
    const isSlow =
      flushed !== undefined &&
      lastFlushed !== undefined &&
      flushed - lastFlushed < Math.max(1, minFlushedBytes);
    if (isSlow) return void response.destroy();
    lastFlushed = flushed;
    cancel = clock.after(slowReaderMs, check);
  }

  response.on('drain', () => {
    lastFlushed = undefined;
  });
  response.once('close', () => cancel());
}

/** A response that has ended is never said to need `drain`: what it still has to send waits in its socket. */
function isBackedUp(response: ServerResponse): boolean {
  return response.writableEnded ? (response.socket?.writableLength ?? 0) > 0 : response.writableNeedDrain;
}
