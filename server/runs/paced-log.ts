import type { EventLog } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import { createSerialQueue } from '../runtime/serial-queue.ts';

/** Runs whose logs are read at the same time where a read mostly waits for the network. */
export const remoteReadsAtOnce = 4;

/** A log whose pages are read a few at a time, for all runs that are loaded: one page after the other yields to the event loop. */
export function createPacedLog(
  log: EventLog,
  { clock, readsAtOnce }: { readonly clock: Clock; readonly readsAtOnce: number },
): EventLog {
  const lanes = Array.from({ length: readsAtOnce }, () =>
    createSerialQueue({ turnOf: clock, turnAfterMs: 2 }),
  );
  let next = 0;
  return {
    ...log,
    read(runId, page) {
      next = (next + 1) % lanes.length;
      return lanes[next]?.post(() => log.read(runId, page)) ?? log.read(runId, page);
    },
  };
}
