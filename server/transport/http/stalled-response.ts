import type { ServerResponse } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import type { TransportLimits } from '../limits.ts';
import { takenBytes } from '../taken-bytes.ts';

export interface StalledResponseOptions {
  readonly clock: Pick<Clock, 'after'>;
  readonly limits: Pick<TransportLimits, 'slowReaderMs' | 'minReaderBytesPerSecond'>;
}

/**
 * Destroys a response whose reader has taken next to nothing for `slowReaderMs` while there was something to take all the
 * time. The pace of an answer over HTTP, stream or not, is tRPC's own (it waits for `drain`), but it would wait for ever.
 */
export function cutStalledResponse(
  response: ServerResponse,
  { clock, limits: { slowReaderMs, minReaderBytesPerSecond } }: StalledResponseOptions,
): void {
  // Its `close` has been: nothing would ever end the timer.
  if (response.destroyed) return;
  const leastTakenBytes = (minReaderBytesPerSecond * slowReaderMs) / 1000;
  /** What was taken at the last look; `undefined` if there was a moment since in which nothing waited. */
  let seenTaken: number | undefined;
  let cancel = clock.after(slowReaderMs, look);

  function look(): void {
    const taken = response.writableNeedDrain ? takenBytes(response.socket) : undefined;
    const isSlow =
      taken !== undefined && seenTaken !== undefined && taken - seenTaken < Math.max(1, leastTakenBytes);
    if (isSlow) return void response.destroy();
    seenTaken = taken;
    cancel = clock.after(slowReaderMs, look);
  }

  response.on('drain', () => {
    seenTaken = undefined;
  });
  response.once('close', () => cancel());
}
