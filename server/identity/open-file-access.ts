import type { Clock } from '../runtime/clock.ts';
import type { AccessStores } from './access-stores.ts';
import { openAccessFile } from './keys/access-file.ts';
import { createFailFastStore } from './keys/fail-fast-store.ts';
import { createSqliteCredentialStore } from './keys/sqlite-credential-store.ts';
import { readLinkSecret } from './links/read-link-secret.ts';
import { createFailFastSessionStore } from './sessions/fail-fast-session-store.ts';
import { createSqliteSessionStore } from './sessions/sqlite-session-store.ts';
import { createTickets } from './sessions/tickets.ts';

export interface FileAccessOptions {
  /** Path of `access.db`. */
  readonly path: string;
  readonly clock: Pick<Clock, 'now'>;
  /** A source of random bytes that cannot be predicted. */
  readonly randomBytes: (count: number) => Buffer;
}

/**
 * The stores of one server: `access.db` in its data directory, and tickets in memory, since a restart closes the sockets
 * that need them.
 *
 * @throws AccessUnusable
 */
export function openFileAccess({ path, clock, randomBytes }: FileAccessOptions): AccessStores {
  const file = openAccessFile(path);
  return {
    credentials: createFailFastStore(createSqliteCredentialStore(path, file), { clock }),
    sessions: createFailFastSessionStore(createSqliteSessionStore(file), { clock }),
    tickets: createTickets({ clock, randomBytes }),
    linkSecret: async () => readLinkSecret({ path, randomBytes }),
    // The versions are read every second.
    onChange: () => () => undefined,
    isUnavailable: () => false,
    readsAtOnce: 1,
    maxUncheckedMs: Infinity,
    close: async () => file.close(),
  };
}
