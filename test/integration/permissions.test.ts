import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type App } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { connect } from '../support/bare-socket.ts';
import { makeAccessKey } from '../support/make-access-key.ts';
import {
  callers,
  createPermissionTable,
  ownRunFor,
  procedurePaths as paths,
  refusalOf,
  type PermissionTable,
} from '../support/permission-table.ts';

let app: App;
let port: number;
let dataDir: string;
let table: PermissionTable;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stagewire-permissions-'));
  app = await startApp({
    config: readConfig({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_LOG: 'memory',
      STAGEWIRE_DATA_DIR: dataDir,
      STAGEWIRE_AUTH: 'keys',
      // Slow, so that the run is still there when it is steered.
      STAGEWIRE_MODEL: 'rehearsal/tps=1,ttft=0',
    }),
  });
  port = Number(new URL(app.url).port);
  table = await createPermissionTable({ url: app.url, key: (input) => makeAccessKey(dataDir, input) });
});
afterAll(async () => {
  await app?.close();
  await rm(dataDir, { recursive: true, force: true });
});

describe.each(callers)('a caller that is %s', (caller) => {
  test.each(paths)('over a WebSocket may or may not call %s', async (path) => {
    expect.hasAssertions();
    await table.checkOverSocket(app.url, caller, path);
  });

  test.each(paths)('over HTTP may or may not call %s', async (path) => {
    expect.hasAssertions();
    await table.checkOverHttp(app.url, caller, path);
  });
});

test.each(callers)('the legacy routes: a caller that is %s', async (caller) => {
  const headers = { 'content-type': 'application/json', ...table.headersOf(caller, 'runs.events') };
  const body = JSON.stringify({ task: 'Build it' });
  const started = await fetch(`${app.url}/api/stream/task`, { method: 'POST', headers, body });
  expect(started.status).toBe(statusOf(refusalOf(caller, 'runs.start')));
  const abort = new AbortController();
  const { signal } = abort;
  const events = await fetch(`${app.url}/api/stream/events/${ownRunFor('runs.events')}`, { headers, signal });
  const isOther = caller.startsWith('bob:') || caller === 'link:other';
  expect(events.status).toBe(isOther ? 404 : statusOf(refusalOf(caller, 'runs.events')));
  abort.abort();
});

test('an input that does not fit the schema is rejected before the identity and the permission', async () => {
  const [path, input] = ['runs.get', { runId: 5 }] as const;
  for (const caller of ['nobody', 'ada:']) {
    expect(await table.codeOverHttp(app.url, { caller, path, input })).toBe('INVALID_INPUT');
    await using bot = await connect(port, { client: { headers: table.headersOf(caller, path) } });
    expect(await table.codeOverSocket(bot, path, input)).toBe('INVALID_INPUT');
  }
});

test('server.info says who the caller is, and gives others only what they need to authenticate', async () => {
  const info = async (caller: string) => {
    const response = await fetch(`${app.url}/trpc/server.info`, {
      headers: table.headersOf(caller, 'server.info'),
    });
    return ((await response.json()) as { result: { data: object } }).result.data;
  };
  expect(await info('ada:runs:read')).toMatchObject({
    you: {
      actor: { id: expect.stringMatching(/^key:[0-9a-f]{16}$/) as string, kind: 'user', name: 'ada' },
      owner: 'ada',
      owners: ['ada'],
      permissions: ['runs:read'],
    },
    auth: ['keys'],
  });
  const open = await info('nobody');
  expect(open).toMatchObject({ you: null, roles: [], models: {}, limits: {}, features: [] });
  expect(open).not.toHaveProperty('prices');
});

function statusOf(refusal: string | undefined): number {
  if (refusal === undefined) return 200;
  return refusal === 'FORBIDDEN' ? 403 : 401;
}
