import type { ServerResponse } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import { takenBytes } from '../taken-bytes.ts';

/**
 * Destroys a response whose reader has taken nothing for `slowReaderMs` while there was something to take. The pace
 * of an answer over HTTP, stream or not, is tRPC's own (it waits for `drain`), but it would wait for ever.
 */
export function cutStalledResponse(response: ServerResponse, clock: Clock, slowReaderMs: number): void {
  // Its `close` has been: nothing would ever end the timer.
  if (response.destroyed) return;
  let seenTaken = -1;
  let cancel = clock.after(slowReaderMs, look);

  function look(): void {
    const taken = response.writableNeedDrain ? takenBytes(response.socket) : -1;
    if (taken !== -1 && taken === seenTaken) return void response.destroy();
    seenTaken = taken;
    cancel = clock.after(slowReaderMs, look);
  }

  response.once('close', () => cancel());
}
