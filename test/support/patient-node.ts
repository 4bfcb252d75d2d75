import { openPostgres } from '../../server/cluster/postgres/open-postgres.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { systemRandom } from '../../server/runtime/random.ts';
import { claiming } from './claiming-log.ts';

/** A node's log and cluster on PostgreSQL as a server opens them, with its patience, without a server above it. */
export async function openPatientNode(options: {
  /** Of a database; `port` may be that of a proxy in front of it. */
  readonly url: string;
  readonly port: number;
  readonly schema: string;
  readonly patienceMs?: number;
}) {
  const url = new URL(options.url);
  url.port = String(options.port);
  const { schema, patienceMs = 10_000 } = options;
  const { log, cluster } = await openPostgres({
    clock: systemClock,
    random: systemRandom,
    version: 'test',
    settings: {
      url: url.href,
      schema,
      poolSize: 4,
      nodeName: 'node',
      leaseMs: 10_000,
      patienceMs,
      notify: 'ship',
    },
  });
  return { log: claiming(log), cluster, [Symbol.asyncDispose]: () => log.close() };
}
