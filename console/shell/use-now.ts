import { useCallback, useSyncExternalStore } from 'react';
import { useServerClock, type ServerClock } from './server-clock.ts';

const everyMs = 500;

type Clock = Pick<ServerClock, 'now'>;

const localClock: Clock = { now: () => Date.now() };

/** The server's time, twice a second, in steps that all who show it share; standing still where `running` is false. */
export function useNow(running: boolean): number {
  return useTextAt(useServerClock(), running, (nowMs) => nowMs);
}

/** The same by this machine's clock, for what happened to this page: since when there is no connection. */
export function useLocalNow(): number {
  return useTextAt(localClock, true, (nowMs) => nowMs);
}

/** A text that changes with the server's time. What shows it is drawn again when the text is another, and not with every step. */
export function useTimeText(textAt: (nowMs: number) => string): string {
  return useTextAt(useServerClock(), true, textAt);
}

function useTextAt<T>(clock: Clock, running: boolean, valueAt: (nowMs: number) => T): T {
  const subscribe = useCallback(
    (listener: () => void) => (running ? follow(clock, listener) : () => {}),
    [clock, running],
  );
  return useSyncExternalStore(subscribe, () => valueAt(stepAt(clock)));
}

/** In steps: between two of them every reader gets the same number. */
function stepAt(clock: Clock): number {
  return Math.floor(clock.now() / everyMs) * everyMs;
}

/** At each step, so that a stage never seems to have taken longer than its run, which another timer shows. */
function follow(clock: Clock, listener: () => void): () => void {
  const wait = () => setTimeout(tick, everyMs - (clock.now() % everyMs));
  const tick = () => {
    timer = wait();
    listener();
  };
  let timer = wait();
  return () => clearTimeout(timer);
}
