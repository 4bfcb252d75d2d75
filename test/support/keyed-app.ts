import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateKeyInput } from '@stagewire/shared';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import type { TransportLimits } from '../../server/transport/limits.ts';
import { makeAccessKey, revokeAccessKey } from './make-access-key.ts';
import { createTokenCaller, type TokenCaller } from './token-caller.ts';

/** A real server with `STAGEWIRE_AUTH=keys`, on a data directory of its own, whose runs stay live. */
export interface KeyedApp extends AsyncDisposable, TokenCaller {
  readonly url: string;
  readonly port: number;
  /** With `STAGEWIRE_METRICS_PORT`. */
  readonly metricsUrl: string | undefined;
  readonly dataDir: string;
  /** What it has logged, as JSON. */
  readonly logged: readonly string[];
  /** Creates a key as the command does: by another connection to the database. */
  key(
    input?: Partial<Omit<CreateKeyInput, 'id' | 'hash'>>,
  ): Promise<{ readonly id: string; readonly token: string }>;
  revoke(id: string): Promise<void>;
  /** Stops the server and leaves its data directory, for another one. */
  stop(): Promise<void>;
}

export async function startKeyedApp(
  options: {
    readonly transport?: Partial<TransportLimits>;
    readonly env?: Readonly<Record<string, string>>;
    /** That of a server before. @default a new one */
    readonly dataDir?: string;
  } = {},
): Promise<KeyedApp> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'stagewire-keyed-')));
  const logged: string[] = [];
  const log = (fields: Readonly<Record<string, unknown>>, message: string) =>
    void logged.push(JSON.stringify({ ...fields, error: String(fields['error']), message }));
  const app = await startApp({
    config: readConfig({
      STAGEWIRE_AUTH: 'keys',
      STAGEWIRE_PORT: '0',
      STAGEWIRE_LOG: 'memory',
      STAGEWIRE_DATA_DIR: dataDir,
      STAGEWIRE_HEARTBEAT_MS: '200',
      STAGEWIRE_MODEL: 'rehearsal/tps=5,ttft=0,chars=20000',
      ...options.env,
    }),
    logger: { info: log, warn: log, error: log },
    transport: { refusalGraceMs: 100, ...options.transport },
  });
  return {
    url: app.url,
    port: Number(new URL(app.url).port),
    metricsUrl: app.metricsUrl,
    dataDir,
    logged,
    key: (input) => makeAccessKey(dataDir, input),
    revoke: (id) => revokeAccessKey(dataDir, id),
    ...createTokenCaller(app.url),
    stop: () => app.close(),
    async [Symbol.asyncDispose]() {
      await app.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
