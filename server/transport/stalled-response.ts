import type { ServerResponse } from 'node:http';
import type { Clock } from '../runtime/clock.ts';

/**
 * Destroys a response whose reader has taken nothing for `slowReaderMs` while there was something to take. The pace
 * of an answer over HTTP, stream or not, is tRPC's own (it waits for `drain`), but it would wait for ever.
 */
export function cutStalledResponse(response: ServerResponse, clock: Clock, slowReaderMs: number): void {
  // Its `close` has been: nothing would ever end the timer.
  if (response.destroyed) return;
  let drains = 0;
  let seenDrains = -1;
  let cancel = clock.after(slowReaderMs, look);

  function look(): void {
    const stalled = response.writableNeedDrain && seenDrains === drains;
    if (stalled) return void response.destroy();
    seenDrains = response.writableNeedDrain ? drains : -1;
    cancel = clock.after(slowReaderMs, look);
  }

  response.on('drain', () => {
    drains += 1;
  });
  response.once('close', () => cancel());
}
