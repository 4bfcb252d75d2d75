import { useCallback, useSyncExternalStore } from 'react';
import { useServerClock, type ServerClock } from './server-clock.ts';

const stepMs = 500;

type Clock = Pick<ServerClock, 'now'>;

const localClock: Clock = { now: () => Date.now() };

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
  const subscribe = useCallback(
    (listener: () => void) => (running ? subscribeToSteps(clock, listener) : () => {}),
    [clock, running],
  );
  return useSyncExternalStore(subscribe, () => valueAt(stepAt(clock)));
}

/** Rounded down to a step, so that all components read the same value. */
function stepAt(clock: Clock): number {
  return Math.floor(clock.now() / stepMs) * stepMs;
}

/** Fires at each step: a stage never appears longer than its run, which another timer shows. */
function subscribeToSteps(clock: Clock, listener: () => void): () => void {
  const schedule = () => setTimeout(tick, stepMs - (clock.now() % stepMs));
  const tick = () => {
    timer = schedule();
    listener();
  };
  let timer = schedule();
  return () => clearTimeout(timer);
}
