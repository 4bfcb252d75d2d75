import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorTable } from '@stagewire/shared';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { rawRequest } from '../support/raw-request.ts';

/** A whole server that notices what must never happen. */
export interface FuzzedServer extends AsyncDisposable {
  readonly port: number;
  /** A rehearsal of one short stage that has ended. */
  readonly runId: string;
  /**
   * Still serves, has let go of all memory for requests and answers, and has logged no defect.
   *
   * @throws Error
   */
  check(): Promise<void>;
}

export async function startFuzzedServer(): Promise<FuzzedServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-fuzz-'));
  const defects: unknown[] = [];
  const ignore = () => undefined;
  const logger = {
    info: ignore,
    warn: ignore,
    error: (fields: Readonly<Record<string, unknown>>, message: string) =>
      void defects.push([message, fields]),
  };
  const config = readConfig({
    STAGEWIRE_PORT: '0',
    STAGEWIRE_DATA_DIR: dataDir,
    STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0,chars=200',
  });
  const app = await startApp({ config, logger });
  const port = Number(new URL(app.url).port);
  const runId = `run_fuzzed-${randomUUID()}`;
  await rawRequest(port, {
    method: 'POST',
    path: '/trpc/runs.start',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ runId, task: 'be tried', pipeline: { roles: ['documenter'] } }),
  });
  // Resolves with the run's end.
  await rawRequest(port, {
    path: `/trpc/runs.events?input=${encodeURIComponent(JSON.stringify({ runId }))}`,
  });

  async function heldBytes(): Promise<number> {
    const { body } = await rawRequest(port, { path: '/readyz?verbose' });
    const { memory } = JSON.parse(body) as { memory: Record<string, { heldBytes: number }> };
    return (memory['requests']?.heldBytes ?? 0) + (memory['answers']?.heldBytes ?? 0);
  }

  return {
    port,
    runId,
    async check() {
      const { status } = await rawRequest(port, { path: '/trpc/server.info' });
      if (status !== 200) throw new Error(`server.info answers ${status}`);
      if (defects.length > 0) throw new Error(`the server logged a defect: ${describe(defects.splice(0))}`);
      if ('polluted' in {}) throw new Error('the prototype of all objects was changed');
      const untilMs = performance.now() + 5000;
      while ((await heldBytes()) > 0) {
        if (performance.now() > untilMs) throw new Error('memory is held for requests that are over');
      }
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** An error as the protocol says it, and none that is the server's fault. @throws Error */
export function checkWireError(error: unknown, where: string): void {
  const data = (error as { data?: { stagewire?: { code?: string; retryable?: boolean } } }).data?.stagewire;
  if (data?.code === undefined || !(data.code in errorTable)) {
    throw new Error(`${where}: an error without a code of the protocol: ${JSON.stringify(error)}`);
  }
  if (data.code === 'INTERNAL') throw new Error(`${where}: INTERNAL: ${JSON.stringify(error)}`);
}

function describe(defects: readonly unknown[]): string {
  return JSON.stringify(defects, (_key, value: unknown) =>
    value instanceof Error ? (value.stack ?? value.message) : value,
  ).slice(0, 3000);
}
