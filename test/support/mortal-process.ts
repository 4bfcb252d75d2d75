import type { Append, EventLog } from '../../server/log/event-log.ts';
import type { Clock } from '../../server/runtime/clock.ts';

/** Clock and log as one process has them. After its death nothing it asked for happens any more. */
export interface MortalProcess {
  readonly clock: Clock;
  readonly log: EventLog;
  readonly isAlive: boolean;
  /** Timers that have neither run nor been taken back. */
  readonly pendingTimers: number;
  kill(): void;
  /** Dies when its nth append from now on is in the log, before anybody hears of it. */
  killInAppend(nth: number): void;
}

export function createMortalProcess(world: { readonly clock: Clock; readonly log: EventLog }): MortalProcess {
  const never = new Promise<never>(() => {});
  const timers = new Set<() => void>();
  let isAlive = true;
  let appendsLeft = Infinity;

  const clock: Clock = {
    now: () => world.clock.now(),
    wall: () => world.clock.wall(),
    elapsed: () => world.clock.elapsed(),
    after(delayMs, task) {
      const cancel = world.clock.after(delayMs, () => {
        timers.delete(takeBack);
        if (isAlive) task();
      });
      const takeBack = () => {
        timers.delete(takeBack);
        cancel();
      };
      timers.add(takeBack);
      return takeBack;
    },
    turn: (task) => world.clock.turn(() => isAlive && task()),
  };

  function kill(): void {
    isAlive = false;
    for (const takeBack of timers) takeBack();
  }

  return {
    clock,
    log: {
      ...world.log,
      async append(append: Append) {
        if (!isAlive) return never;
        await world.log.append(append);
        appendsLeft -= 1;
        if (appendsLeft <= 0) kill();
        return isAlive ? undefined : never;
      },
      async delete(runId, by) {
        if (!isAlive) return never;
        const deletion = await world.log.delete(runId, by);
        appendsLeft -= 1;
        if (appendsLeft <= 0) kill();
        return isAlive ? deletion : never;
      },
      probe: () => (isAlive ? world.log.probe() : never),
    },
    get isAlive() {
      return isAlive;
    },
    get pendingTimers() {
      return timers.size;
    },
    kill,
    killInAppend(nth) {
      appendsLeft = nth;
    },
  };
}
