import type { Clock } from '../../runtime/clock.ts';
import type { CredentialStore } from './credential-store.ts';

export interface FailFastOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** How long the store is not read after a failure, in milliseconds. @default 1000 */
  readonly retryMs?: number;
}

/** A failure may block the thread, for as long as another process locks the file: at most a fifth of the time. */
const pausePerBlockedMs = 4;

/**
 * Reads of a store that is not read again for a while after one has failed: until then they fail with the same error at
 * once. So a disk that fails costs the same however many callers try to authenticate, and the first caller after it works
 * again is served. No caller is counted as a failed attempt.
 */
export function createFailFastReads(
  options: FailFastOptions,
): <Result>(read: () => Promise<Result>) => Promise<Result> {
  const { clock, retryMs = 1000 } = options;
  let failure: { readonly error: unknown; readonly untilMs: number } | undefined;

  return async (read) => {
    const startedMs = clock.now();
    if (failure !== undefined && startedMs < failure.untilMs) throw failure.error;
    try {
      const result = await read();
      failure = undefined;
      return result;
    } catch (error) {
      const failedMs = clock.now();
      const pauseMs = Math.max(retryMs, (failedMs - startedMs) * pausePerBlockedMs);
      failure = { error, untilMs: failedMs + pauseMs };
      throw error;
    }
  };
}

/** A store of keys with such reads. */
export function createFailFastStore(store: CredentialStore, options: FailFastOptions): CredentialStore {
  const read = createFailFastReads(options);
  return {
    ...store,
    find: (id) => read(() => store.find(id)),
    version: () => read(() => store.version()),
  };
}
