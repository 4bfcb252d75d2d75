import type { Clock } from '../../server/runtime/clock.ts';

/** What stops a process for a while, as SIGSTOP or a virtual machine's pause does: time goes on without it. */
export interface SimFreezer {
  /** The clock of the process: what is due while it is frozen runs when it is thawed. */
  readonly clock: Clock;
  readonly isFrozen: boolean;
  /** Runs something in the process that comes from outside. */
  enter(task: () => void): void;
  freeze(): void;
  thaw(): void;
}

export function createSimFreezer(world: Clock): SimFreezer {
  let isFrozen = false;
  let held: (() => void)[] = [];

  function enter(task: () => void): void {
    if (isFrozen) held.push(task);
    else task();
  }

  return {
    clock: {
      ...world,
      after: (delayMs, task) => {
        let isCancelled = false;
        const cancel = world.after(delayMs, () => enter(() => isCancelled || task()));
        return () => {
          isCancelled = true;
          cancel();
        };
      },
      turn: (task) => world.turn(() => enter(task)),
    },
    get isFrozen() {
      return isFrozen;
    },
    enter,
    freeze() {
      isFrozen = true;
    },
    thaw() {
      isFrozen = false;
      const tasks = held;
      held = [];
      for (const task of tasks) enter(task);
    },
  };
}
