import { afterAll, beforeAll, expect } from 'vitest';
import { rawRequest } from './raw-request.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

/** A server as a process, for all tests of a file that send it odd things. */
export interface OddScene {
  readonly server: ServerProcess;
  /** The header that names the server. */
  readonly host: () => Record<string, string>;
  /** The lines of a request; `{host}` stands for the server's own. */
  readonly lines: (...all: readonly string[]) => string;
}

export const close = 'Connection: close';
export const json = 'Content-Type: application/json';
export const health = 'GET /healthz HTTP/1.1';

/** Starts the server before the tests of the file and ends it after them. */
export function openOddScene(): OddScene {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServerProcess({ env: { STAGEWIRE_LOG: 'memory' } });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });
  const host = () => ({ Host: `127.0.0.1:${server.port}` });
  return {
    get server() {
      return server;
    },
    host,
    lines: (...all) => all.join('\r\n').replaceAll('{host}', `127.0.0.1:${server.port}`),
  };
}

/** It serves, and has logged no defect. */
export async function expectUnharmed({ server, host }: OddScene): Promise<void> {
  expect((await rawRequest(server.port, { path: '/healthz', headers: host() })).status).toBe(200);
  expect(server.output()).not.toMatch(/"level":"error"|^\s+at /m);
}
