import { describe, expect } from 'vitest';
import {
  findPostgresTools,
  startPostgresEngine,
  type PostgresEngine,
  type PostgresEngineOptions,
} from './postgres-engine.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { isRequired } from './missing-program.ts';

/** A primary, and a standby that copies it over a network that can be cut. */
export interface PostgresPair extends AsyncDisposable {
  readonly primary: PostgresEngine;
  readonly standby: PostgresEngine;
  /** Between the two. */
  readonly replication: TcpProxy;
}

/** Starts an engine with all programs of PostgreSQL. */
export function startFullEngine(options: PostgresEngineOptions = {}): Promise<PostgresEngine> {
  return startPostgresEngine({ binaries: findPostgresTools(), ...options });
}

/** @param options.isSynchronous Does a commit wait for the standby? */
export async function startPostgresPair(options: { readonly isSynchronous: boolean }): Promise<PostgresPair> {
  const settings = options.isSynchronous ? ['synchronous_standby_names=*'] : [];
  const primary = await startFullEngine({ settings });
  const replication = await startTcpProxy({ targetPort: primary.port });
  const standby = await startFullEngine({
    // Not through the proxy: this process waits for the program.
    create: (dataDir, run) => run('pg_basebackup', '-D', dataDir, ...addressOf(primary.port), '-R', ...fast),
    settings: [`primary_conninfo=host=127.0.0.1 port=${replication.port} user=stagewire`],
  });
  return {
    primary,
    standby,
    replication,
    async [Symbol.asyncDispose]() {
      await standby[Symbol.asyncDispose]();
      await primary[Symbol.asyncDispose]();
      await replication[Symbol.asyncDispose]();
    },
  };
}

/** An engine with the data that another one has now, started as one that was restored from a backup. */
export function restoredCopy(engine: PostgresEngine): Promise<PostgresEngine> {
  return startFullEngine({
    create: (dataDir, run) => run('pg_basebackup', '-D', dataDir, ...addressOf(engine.port), ...fast),
  });
}

const fast = ['--checkpoint=fast', '--no-sync'];

/** The options of PostgreSQL's programs that name an engine. */
const addressOf = (port: number): readonly string[] => [
  '-h',
  '127.0.0.1',
  '-p',
  String(port),
  '-U',
  'stagewire',
];

/**
 * Tests that need all programs of PostgreSQL. Without them they are skipped, which is reported; with `CI=true` they fail
 * instead, unless `.ci/run` could not install it.
 */
export function describePostgresTools(tests: () => void): void {
  const isSkipped = findPostgresTools() === undefined && !isRequired('STAGEWIRE_TEST_NO_POSTGRES');
  if (isSkipped)
    process.stderr.write(
      `Skipped, since there is no PostgreSQL with pg_basebackup here: ${expect.getState().testPath ?? ''}\n`,
    );
  describe.skipIf(isSkipped)('with all programs of PostgreSQL', () => {
    tests();
  });
}
