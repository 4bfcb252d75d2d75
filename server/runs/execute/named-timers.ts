import type { Clock } from '../../runtime/clock.ts';

/** Timers of which there is at most one of each name. */
export interface NamedTimers<Name extends string> {
  /** Is one of this name under way? */
  has(name: Name): boolean;
  /** Calls `due` after `delayMs`, at once if that has passed; the one of this name before it is taken back. */
  start(name: Name, delayMs: number, due: () => void): void;
  stop(name: Name): void;
  stopAll(): void;
}

export function createNamedTimers<Name extends string>(clock: Clock): NamedTimers<Name> {
  const cancels = new Map<Name, () => void>();

  function stop(name: Name): void {
    cancels.get(name)?.();
    cancels.delete(name);
  }

  return {
    has: (name) => cancels.has(name),
    start(name, delayMs, due) {
      stop(name);
      const cancel = clock.after(Math.max(0, delayMs), () => {
        cancels.delete(name);
        due();
      });
      cancels.set(name, cancel);
    },
    stop,
    stopAll() {
      for (const name of cancels.keys()) stop(name);
    },
  };
}
