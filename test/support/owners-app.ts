import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StagewireError, type Permission } from '@stagewire/shared';
import { startApp } from '../../server/app.ts';
import { allPermissions } from '../../server/identity/principal.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { readConfig } from '../../server/process/config.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { connect, type BareSocket } from './bare-socket.ts';
import { createRunScript } from './run-script.ts';

/** Whom a call is from: the owners of the caller, the default one first. */
export interface OwnersCaller {
  readonly owners: readonly string[];
  readonly permissions?: readonly Permission[];
}

/** An error as a client gets it, or what a call has returned. */
export interface CallResult {
  readonly status: number;
  readonly data?: never;
  readonly error?: {
    readonly message: string;
    readonly data: { readonly stagewire: { readonly code: string; readonly details?: unknown } };
  };
}

/** A server whose callers name their owners in headers, over a log that is there already. */
export interface OwnersApp extends AsyncDisposable {
  readonly url: string;
  /** The fields of what it has logged. */
  readonly logged: Readonly<Record<string, unknown>>[];
  call(path: string, from: OwnersCaller, input?: unknown): Promise<CallResult>;
  open(from: OwnersCaller): Promise<BareSocket>;
}

/** Its runs: two that have ended for each owner, one that retention has removed, and one that was deleted. */
export const ownersRuns = {
  of: (owner: string, number: 1 | 2 = 1) => `run_${owner}-kept-000${number}`,
  expired: (owner: string) => `run_${owner}-expired-0001`,
  deleted: (owner: string) => `run_${owner}-deleted-0001`,
  /** A tombstone as versions left it that did not keep the owner. */
  expiredBefore: 'run_nobody-expired-0001',
  /** With so many events and such a long task that reading it takes much longer than any answer. */
  large: (owner: string) => `run_${owner}-large-00001`,
};

const mutations = /start|steer|redirect|cancel|delete/;

/** @param options.large The owner of a very large run. @default there is none @param options.env Further variables. */
export async function startOwnersApp(
  owners: readonly string[],
  options: { readonly large?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<OwnersApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-owners-'));
  await mkdir(dataDir, { recursive: true });
  await writeLog(join(dataDir, 'log.db'), owners, options.large);
  const logged: Readonly<Record<string, unknown>>[] = [];
  const note = (fields: Readonly<Record<string, unknown>>, message: string) =>
    void logged.push({ ...fields, message });
  const app = await startApp({
    config: readConfig({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_DATA_DIR: dataDir,
      STAGEWIRE_KEEP_RUNS_FOR: 'forever',
      STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0,chars=200',
      ...options.env,
    }),
    logger: { info: note, warn: note, error: note },
    identify({ headers: { 'x-caller': caller } }) {
      if (typeof caller !== 'string') throw new StagewireError('UNAUTHENTICATED', 'no caller');
      const { owners: its, permissions = allPermissions } = JSON.parse(caller) as OwnersCaller;
      const [owner = ''] = its;
      return { actor: { id: `user:${owner}`, kind: 'user' }, owner, owners: its, permissions };
    },
  });
  const headersOf = (from: OwnersCaller) => ({
    'content-type': 'application/json',
    'x-caller': JSON.stringify(from),
  });
  return {
    url: app.url,
    logged,
    async call(path, from, input = {}) {
      const response = mutations.test(path)
        ? await fetch(`${app.url}/trpc/${path}`, {
            method: 'POST',
            headers: headersOf(from),
            body: JSON.stringify(input),
          })
        : await fetch(`${app.url}/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`, {
            headers: headersOf(from),
          });
      const { result, error } = (await response.json()) as { result?: { data: never } } & CallResult;
      return { status: response.status, ...(error === undefined ? { data: result!.data } : { error }) };
    },
    open: (from) => connect(Number(new URL(app.url).port), { client: { headers: headersOf(from) } }),
    async [Symbol.asyncDispose]() {
      await app.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function writeLog(path: string, owners: readonly string[], large?: string): Promise<void> {
  const log = createSqliteLog({ path, clock: systemClock });
  let startMs = Date.UTC(2026, 0, 1);
  const write = async (runId: string, owner: string) => {
    const script = createRunScript(runId, { startMs: (startMs += 1000) });
    await log.append(script.begin({ owner }));
    await log.append(script.complete());
  };
  for (const number of [1, 2] as const) {
    for (const owner of owners) await write(ownersRuns.of(owner, number), owner);
  }
  for (const owner of owners) {
    await write(ownersRuns.expired(owner), owner);
    await write(ownersRuns.deleted(owner), owner);
    await log.remove(ownersRuns.expired(owner));
    const by = { actor: { id: `user:${owner}`, kind: 'user' }, at: '2026-02-03T04:05:06.007Z' } as const;
    await log.delete(ownersRuns.deleted(owner), by);
  }
  if (large !== undefined) {
    const script = createRunScript(ownersRuns.large(large), { startMs });
    await log.append(script.begin({ owner: large, task: 'long '.repeat(20_000) }));
    for (let count = 0; count < 20; count += 1) {
      await log.append(script.deltas(...Array.from({ length: 1000 }, () => 'some text ')));
    }
    await log.append(script.complete());
  }
  await write(ownersRuns.expiredBefore, 'nobody');
  await log.remove(ownersRuns.expiredBefore);
  await log.close();
  const database = new DatabaseSync(path);
  database.prepare('UPDATE removed_runs SET owner = NULL WHERE run_id = ?').run(ownersRuns.expiredBefore);
  database.close();
}
