import { useCallback, useSyncExternalStore } from 'react';
import { useServerClock, type ServerClock } from './server-clock.ts';
import { createStepClock, type StepClock } from './step-clock.ts';

const stepMs = 500;

type Clock = Pick<ServerClock, 'now'>;

const localClock: Clock = { now: () => Date.now() };
const stepClocks = new WeakMap<Clock, StepClock>();

/** The server's time, updated twice a second in steps that all components share; fixed while `running` is false. */
export function useNow(running: boolean): number {
  return useTextAt(useServerClock(), running, (nowMs) => nowMs);
}

/** The local time, for instants of this page such as the loss of the connection. */
export function useLocalNow(): number {
  return useTextAt(localClock, true, (nowMs) => nowMs);
}

/** A text derived from the server's time. Its component renders again only when the text changes, not at every step. */
export function useTimeText(textAt: (nowMs: number) => string): string {
  return useTextAt(useServerClock(), true, textAt);
}

function useTextAt<T>(clock: Clock, running: boolean, valueAt: (nowMs: number) => T): T {
  const steps = stepClockOf(clock);
  const subscribe = useCallback(
    (listener: () => void) => (running ? steps.subscribe(listener) : () => {}),
    [steps, running],
  );
  return useSyncExternalStore(subscribe, () => valueAt(steps.now()));
}

function stepClockOf(clock: Clock): StepClock {
  const steps = stepClocks.get(clock) ?? createStepClock({ clock, stepMs });
  stepClocks.set(clock, steps);
  return steps;
}
