import { createFailFastReads, type FailFastOptions } from '../keys/fail-fast-store.ts';
import type { SessionStore } from './session-store.ts';

/** A store of sessions that is not read again for a while after a read has failed. */
export function createFailFastSessionStore(store: SessionStore, options: FailFastOptions): SessionStore {
  const read = createFailFastReads(options);
  return {
    ...store,
    find: (hash) => read(() => store.find(hash)),
    version: () => read(() => store.version()),
  };
}
