import type { Append, EventLog } from '../../server/log/event-log.ts';

/** The log as one process has it: once killed, nothing it asks for is ever answered. */
export function createKillableLog(log: EventLog) {
  const never = new Promise<never>(() => {});
  let alive = true;
  let appendsLeft = Infinity;
  return {
    log: {
      ...log,
      async append(append: Append) {
        if (!alive) return never;
        await log.append(append);
        appendsLeft -= 1;
        if (appendsLeft <= 0) alive = false;
        return alive ? undefined : never;
      },
      probe: () => (alive ? log.probe() : never),
    },
    get alive() {
      return alive;
    },
    kill() {
      alive = false;
    },
    /** Dies when its nth append from now on is in the log, before anybody hears of it. */
    killInAppend(nth: number) {
      appendsLeft = nth;
    },
  };
}
