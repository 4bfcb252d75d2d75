import type { AccessStores } from '../../identity/access-stores.ts';
import { openDatabase } from '../../log/postgres/database.ts';
import type { Clock } from '../../runtime/clock.ts';
import { holdProcess } from '../../runtime/hold-process.ts';
import { secretBytes, systemRandom } from '../../runtime/random.ts';
import { createPostgresAccess } from './postgres-access.ts';
import { createPostgresAudit } from './postgres-audit.ts';

export interface OpenPostgresKeysOptions {
  readonly clock: Clock;
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly schema: string;
  /** How long to wait for a database that does not respond, in milliseconds. @default 3000 */
  readonly startWaitMs?: number;
}

/**
 * The access keys of a cluster without a server: for the commands of an administrator, who can reach the database. Creates
 * or upgrades the tables, as the start of a node does.
 *
 * @throws DatabaseUnusable with one sentence for the operator.
 */
export async function openPostgresKeys(
  options: OpenPostgresKeysOptions,
): Promise<AccessStores['credentials']> {
  const { clock, startWaitMs = 3000, ...where } = options;
  const nodeId = `keys-${systemRandom.uuid().slice(0, 8)}`;
  const random = () => systemRandom.next();
  // It may wait for its database.
  using held = new DisposableStack();
  held.defer(holdProcess());
  const database = await openDatabase({ ...where, clock, random, nodeId, poolSize: 1, startWaitMs });
  const nodeName = 'command';
  const audit = createPostgresAudit({ queries: database.pool, clock, nodeName });
  const access = createPostgresAccess({ database, clock, randomBytes: secretBytes, nodeName, audit });
  return { ...access.credentials, close: () => database.close() };
}
