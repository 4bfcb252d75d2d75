import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateKeyInput } from '@stagewire/shared';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import type { TransportLimits } from '../../server/transport/limits.ts';
import { makeAccessKey, revokeAccessKey } from './make-access-key.ts';

/** A real server with `STAGEWIRE_AUTH=keys`, on a data directory of its own. */
export interface KeyedApp extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** What it has logged, as JSON. */
  readonly logged: readonly string[];
  /** Creates a key as the command does: by another connection to the database. */
  key(
    input?: Partial<Omit<CreateKeyInput, 'id' | 'hash'>>,
  ): Promise<{ readonly id: string; readonly token: string }>;
  revoke(id: string): Promise<void>;
  /** A POST or, without a body, a GET. */
  fetch(path: string, token?: string, body?: unknown): Promise<Response>;
  /** Starts a run that stays live, as the owner of the token. */
  startRun(token: string): Promise<string>;
}

export async function startKeyedApp(
  options: { readonly transport?: Partial<TransportLimits> } = {},
): Promise<KeyedApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-keyed-'));
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
    }),
    logger: { info: log, warn: log, error: log },
    transport: { refusalGraceMs: 100, ...options.transport },
  });
  const keyed: KeyedApp = {
    url: app.url,
    port: Number(new URL(app.url).port),
    dataDir,
    logged,
    key: (input) => makeAccessKey(dataDir, input),
    revoke: (id) => revokeAccessKey(dataDir, id),
    fetch: (path, token, body) =>
      fetch(`${app.url}${path}`, {
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      }),
    async startRun(token) {
      const response = await keyed.fetch('/trpc/runs.start', token, { task: 'Build it' });
      return ((await response.json()) as { result: { data: { runId: string } } }).result.data.runId;
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return keyed;
}
