import type { Database } from '../../log/postgres/database.ts';
import type { Queries } from '../../log/postgres/session.ts';
import type { Clock } from '../../runtime/clock.ts';
import { queryTwice } from './access-queries.ts';

/** The versions of what may end an identity, in the order of the commits of all nodes. */
export interface AccessVersions {
  /** At most `maxAgeMs` old, and newer than the last notification. @throws LogUnavailable */
  of(kind: 'keys' | 'sessions'): Promise<string>;
  /** This node has changed something: the next version is read again. */
  expire(): void;
  /** Calls `listener` when one may have changed. Not reliable. Returns a function that unsubscribes. */
  onChange(listener: () => void): () => void;
  close(): void;
}

export interface AccessVersionsOptions {
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly queries: Queries;
  readonly database: Pick<Database, 'subscribe' | 'onConnected'>;
  /** How long versions are used again, so that several sources read them together, in milliseconds. @default 250 */
  readonly maxAgeMs?: number;
}

export function createAccessVersions(options: AccessVersionsOptions): AccessVersions {
  const { clock, queries, database, maxAgeMs = 250 } = options;
  const listeners = new Set<() => void>();
  /** A database that was restored, or a standby that has taken over, may have the same versions with other credentials. */
  let connections = 0;
  let latest:
    { readonly versions: Promise<ReadonlyMap<string, string>>; readonly untilMs: number } | undefined;

  /** One that is being read may be older than the change. */
  function expire(): void {
    latest = undefined;
  }

  function changed(): void {
    expire();
    for (const listener of listeners) listener();
  }

  async function read(): Promise<ReadonlyMap<string, string>> {
    const rows = await queryTwice(queries, {
      name: 'access-versions',
      text: 'SELECT kind, version FROM access_versions',
    });
    return new Map(rows.map((row) => [String(row['kind']), String(row['version'])]));
  }

  function current(): Promise<ReadonlyMap<string, string>> {
    if (latest !== undefined && clock.elapsed() < latest.untilMs) return latest.versions;
    const versions = read();
    const mine = { versions, untilMs: clock.elapsed() + maxAgeMs };
    latest = mine;
    versions.catch(() => {
      if (latest === mine) latest = undefined;
    });
    return versions;
  }

  const unsubscribe = [
    database.subscribe('i', changed),
    // Notifications may have been lost meanwhile.
    database.onConnected(() => {
      connections += 1;
      changed();
    }),
  ];

  return {
    of: async (kind) => `${connections} ${(await current()).get(kind) ?? ''}`,
    expire,
    onChange(listener) {
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    close() {
      for (const stop of unsubscribe) stop();
    },
  };
}
