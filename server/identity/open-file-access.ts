import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { AccessStores } from './access-stores.ts';
import { openAccessFile } from './keys/access-file.ts';
import { createFailFastStore } from './keys/fail-fast-store.ts';
import { createSqliteCredentialStore } from './keys/sqlite-credential-store.ts';
import { readLinkSecret } from './links/read-link-secret.ts';
import { createFailFastSessionStore } from './sessions/fail-fast-session-store.ts';
import { createSqliteSessionStore } from './sessions/sqlite-session-store.ts';
import { createSqliteAudit } from './sqlite-audit.ts';
import { createTickets } from './sessions/tickets.ts';

export interface FileAccessOptions {
  /** Path of `access.db`. */
  readonly path: string;
  readonly clock: Pick<Clock, 'now' | 'after' | 'elapsed'>;
  /** @default logs nothing */
  readonly logger?: Logger;
  /** A source of random bytes that cannot be predicted. */
  readonly randomBytes: (count: number) => Buffer;
}

/**
 * The stores of one server: `access.db` in its data directory, and tickets in memory, since a restart closes the sockets
 * that need them.
 *
 * @throws AccessUnusable
 */
export function openFileAccess({ path, clock, randomBytes, logger }: FileAccessOptions): AccessStores {
  const file = openAccessFile(path);
  const audit = createSqliteAudit({ file, clock, ...(logger !== undefined && { logger }) });
  return {
    credentials: createFailFastStore(createSqliteCredentialStore(path, file), { clock }),
    sessions: createFailFastSessionStore(createSqliteSessionStore(file), { clock }),
    tickets: createTickets({ clock, randomBytes }),
    audit,
    linkSecret: async () => readLinkSecret({ path, randomBytes }),
    // The versions are read every second.
    onChange: () => () => undefined,
    isUnavailable: () => false,
    readsAtOnce: 1,
    maxUncheckedMs: Infinity,
    async close() {
      await audit.close();
      file.close();
    },
  };
}
