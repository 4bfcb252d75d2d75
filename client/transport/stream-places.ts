/** Places for streams that all tabs of a browser share. */
export interface StreamPlaces {
  /** Resolves with a function that releases the place; with `undefined` if the signal aborts first. */
  take(signal: AbortSignal): Promise<(() => void) | undefined>;
  /** How many streams of all tabs wait for a place. */
  waiting(): Promise<number>;
}

/** The part of `navigator.locks` that is used. */
export type Locks = Pick<LockManager, 'request' | 'query'>;

/** @param host Browsers limit the connections to each host. */
export function createStreamPlaces(
  locks: Locks,
  { host, count }: { readonly host: string; readonly count: number },
): StreamPlaces {
  const prefix = `stagewire-stream:${host}:`;
  return {
    take(signal) {
      return new Promise((resolve) => {
        const others = new AbortController();
        let isOver = false;
        const giveUp = () => {
          isOver = true;
          others.abort();
          resolve(undefined);
        };
        if (signal.aborted) return giveUp();
        signal.addEventListener('abort', giveUp, { once: true });
        // Whichever is free first.
        for (let at = 0; at < count; at += 1) {
          const held = locks.request(`${prefix}${at}`, { signal: others.signal }, () => {
            if (isOver) return undefined;
            isOver = true;
            others.abort();
            signal.removeEventListener('abort', giveUp);
            return new Promise<void>((release) => resolve(release));
          });
          held.catch(() => {
            // The request was aborted, since another place was free.
          });
        }
      });
    },
    async waiting() {
      const { pending = [] } = await locks.query();
      return Math.ceil(pending.filter(({ name }) => name?.startsWith(prefix) === true).length / count);
    },
  };
}

/** Not outside of pages: only browsers limit the connections. @returns undefined without Web Locks, as over plain HTTP */
export function browserLocks(): Locks | undefined {
  return 'document' in globalThis ? globalThis.navigator.locks : undefined;
}
