import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { startServerProcess } from './server-process.ts';

/** What a killed server leaves in its data directory: three finished runs, the last of them only in the WAL. */
export interface KilledDataDir extends AsyncDisposable {
  /** A copy to be changed, which goes when it is disposed. */
  copy(): Promise<AsyncDisposable & { readonly path: string }>;
}

/** The runs that were finished before the kill. */
export const finishedRuns = ['run_a-finished', 'run_b-finished', 'run_c-finished'] as const;

export async function createKilledDataDir(): Promise<KilledDataDir> {
  const killed = await mkdtemp(join(tmpdir(), 'stagewire-odd-'));
  const server = await startServerProcess({ dataDir: killed });
  for (const runId of finishedRuns) await finishRun(server, runId);
  await server.stop('SIGKILL');
  expect((await stat(join(killed, 'log.db-wal'))).size).toBeGreaterThan(0);
  return {
    async copy() {
      const path = await mkdtemp(join(tmpdir(), 'stagewire-odd-'));
      await cp(killed, path, { recursive: true });
      return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
    },
    [Symbol.asyncDispose]: () => rm(killed, { recursive: true, force: true }),
  };
}

/** Starts a run of one role. */
export async function startRun(
  { url }: { readonly url: string },
  runId: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const answer = await fetch(`${url}/trpc/runs.start`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ runId, task: 'A plan', pipeline: { roles: ['architect'] } }),
  });
  return { status: answer.status, body: await answer.text() };
}

/** The status of a run, or the code of the error. */
export async function statusOf(
  { url }: { readonly url: string },
  runId: string,
): Promise<string | undefined> {
  const answer = await fetch(`${url}/trpc/runs.get?input=${encodeURIComponent(JSON.stringify({ runId }))}`);
  const { result, error } = (await answer.json()) as {
    result?: { data: { status: string } };
    error?: { data: { stagewire: { code: string } } };
  };
  return result?.data.status ?? error?.data.stagewire.code;
}

/** Starts a run and waits until it is completed. */
export async function finishRun(server: { readonly url: string }, runId: string): Promise<void> {
  expect(await startRun(server, runId)).toMatchObject({ status: 200 });
  await vi.waitFor(async () => expect(await statusOf(server, runId)).toBe('completed'), 10_000);
}
