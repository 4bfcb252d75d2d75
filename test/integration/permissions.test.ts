import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contract, type ProcedurePath } from '@stagewire/shared/contract';
import { Permission } from '@stagewire/shared/primitives';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type App } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { connect } from '../support/bare-socket.ts';
import { makeAccessKey } from '../support/make-access-key.ts';

// The table of PROTOCOL.md: every procedure, called by every kind of caller with an access key, over both wires.

/** A run of the callers' for each procedure, so that a cancel changes nothing for the others. */
const ownRunFor = (path: ProcedurePath) => `run_permissions-own-${paths.indexOf(path)}`;
const missing = 'run_permissions-9999';

/** For the run of a caller, or for one that does not exist: the permission is checked first. */
const inputs = (runId: string, caller = '') =>
  ({
    'runs.start': { runId, task: 'Build it' },
    'runs.events': { runId },
    'runs.feed': {},
    'runs.steer': { runId, commandId: randomUUID(), text: 'Shorter.', expect: 'any' },
    'runs.redirect': { runId, commandId: randomUUID(), to: 'coder', expect: 'any' },
    'runs.cancel': { runId, commandId: randomUUID(), target: 'run' },
    'runs.delete': { runId },
    'runs.get': { runId },
    'runs.files': { runId },
    'runs.prompt': { runId, stage: 1, attempt: 1 },
    'runs.list': {},
    'keys.create': { id: '0123456789abcdef', hash: 'ab'.repeat(32), name: 'Ada' },
    'keys.list': undefined,
    'keys.revoke': { id: '0123456789abcdef' },
    'session.refresh': { token: tokens.get(caller) ?? '' },
    'server.info': undefined,
  }) satisfies Record<ProcedurePath, unknown>;

const paths = Object.keys(contract) as ProcedurePath[];
const allPermissions = Permission.options;
/** Who calls: nobody, a caller with one permission, with none, with all but admin, and one of another owner. */
const callers = [
  'nobody',
  'ada:',
  ...allPermissions.map((permission) => `ada:${permission}`),
  `ada:${allPermissions.filter((it) => it !== 'admin').join('+')}`,
  `bob:${allPermissions.filter((it) => it !== 'admin').join('+')}`,
];

let app: App;
let port: number;
let dataDir: string;
const tokens = new Map<string, string>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stagewire-permissions-'));
  for (const caller of callers.slice(1)) {
    const [name = '', granted = ''] = caller.split(/:(.*)/s);
    const permissions = allPermissions.filter((it) => granted.split('+').includes(it));
    tokens.set(caller, (await makeAccessKey(dataDir, { name, permissions })).token);
  }
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
  for (const path of paths) await start(ownRunFor(path));
});
afterAll(async () => {
  await app?.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(runId: string): Promise<void> {
  const body = JSON.stringify(inputs(runId)['runs.start']);
  const headers = { 'content-type': 'application/json', ...headersOf('ada:runs:start') };
  expect((await fetch(`${app.url}/trpc/runs.start`, { method: 'POST', headers, body })).status).toBe(200);
}

/** The code that a caller gets for lack of an identity or a permission; `undefined` if it is let through. */
function refusalOf(caller: string, path: ProcedurePath): string | undefined {
  const { permission } = contract[path];
  if (path === 'server.info') return undefined;
  if (caller === 'nobody') return 'UNAUTHENTICATED';
  if (permission === null) return undefined;
  const has = caller.replace(/^\w+:/, '').split('+');
  return has.includes(permission) || has.includes('admin') ? undefined : 'FORBIDDEN';
}

const headersOf = (caller: string): Record<string, string> =>
  caller === 'nobody' ? {} : { authorization: `Bearer ${tokens.get(caller)}` };

describe.each(callers)('a caller that is %s', (caller) => {
  test.each(paths)('over a WebSocket may or may not call %s', async (path) => {
    await using bot = await connect(port, { client: { headers: headersOf(caller) } });
    for (const runId of [ownRunFor(path), missing]) {
      const code = await codeOverSocket(bot, path, inputs(runId, caller)[path]);
      expectAccess({ caller, path, runId, code });
    }
    if (caller === 'nobody') return;
    // Only an identity that is refused closes the connection.
    expect(await bot.call('query', 'server.info')).toHaveProperty('result');
  });

  test.each(paths)('over HTTP may or may not call %s', async (path) => {
    for (const runId of [ownRunFor(path), missing]) {
      const code = await codeOverHttp(caller, path, inputs(runId, caller)[path]);
      expectAccess({ caller, path, runId, code });
    }
  });
});

test.each(callers)('the legacy routes: a caller that is %s', async (caller) => {
  const headers = { 'content-type': 'application/json', ...headersOf(caller) };
  const body = JSON.stringify({ task: 'Build it' });
  const started = await fetch(`${app.url}/api/stream/task`, { method: 'POST', headers, body });
  expect(started.status).toBe(statusOf(refusalOf(caller, 'runs.start')));
  const abort = new AbortController();
  const { signal } = abort;
  const events = await fetch(`${app.url}/api/stream/events/${ownRunFor('runs.events')}`, { headers, signal });
  const isOther = caller.startsWith('bob:');
  expect(events.status).toBe(isOther ? 404 : statusOf(refusalOf(caller, 'runs.events')));
  abort.abort();
});

test('an input that does not fit the schema is rejected before the identity and the permission', async () => {
  for (const caller of ['nobody', 'ada:']) {
    expect(await codeOverHttp(caller, 'runs.get', { runId: 5 })).toBe('INVALID_INPUT');
    await using bot = await connect(port, { client: { headers: headersOf(caller) } });
    expect(await codeOverSocket(bot, 'runs.get', { runId: 5 })).toBe('INVALID_INPUT');
  }
});

test('server.info says who the caller is, and gives others only what they need to authenticate', async () => {
  const info = async (caller: string) => {
    const response = await fetch(`${app.url}/trpc/server.info`, { headers: headersOf(caller) });
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

interface Seen {
  readonly caller: string;
  readonly path: ProcedurePath;
  readonly runId: string;
  readonly code: string | undefined;
}

function expectAccess({ caller, path, runId, code }: Seen): void {
  const refusal = refusalOf(caller, path);
  if (refusal !== undefined) return expect(code).toBe(refusal);
  expect(code).not.toBe('FORBIDDEN');
  expect(code).not.toBe('UNAUTHENTICATED');
  const names = Object.keys(inputs(runId)[path] ?? {});
  if (!names.includes('runId')) return expect(code).toBeUndefined();
  const isOwn = runId === ownRunFor(path);
  const isSeen = isOwn && (caller.startsWith('ada:') || caller.includes('admin'));
  if (path === 'runs.start') {
    // Its id is taken, whoever owns it.
    if (isOwn && !isSeen) expect(code).toBe('RUN_ID_CONFLICT');
    return;
  }
  if (isSeen) expect(code).not.toBe('RUN_NOT_FOUND');
  else if (isOwn) expect(code).toBe('RUN_NOT_FOUND');
}

async function codeOverSocket(
  bot: Awaited<ReturnType<typeof connect>>,
  path: ProcedurePath,
  input: unknown,
): Promise<string | undefined> {
  const { kind } = contract[path];
  if (kind !== 'subscription') return (await bot.call(kind, path, input)).error?.data.stagewire.code;
  return (await bot.next(bot.subscribe(path, input))).error?.data.stagewire.code;
}

async function codeOverHttp(
  caller: string,
  path: ProcedurePath,
  input: unknown,
): Promise<string | undefined> {
  const { kind } = contract[path];
  const headers = { 'content-type': 'application/json', ...headersOf(caller) };
  const abort = new AbortController();
  const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  const response =
    kind === 'mutation'
      ? await fetch(`${app.url}/trpc/${path}`, { method: 'POST', headers, body: JSON.stringify(input) })
      : await fetch(`${app.url}/trpc/${path}${query}`, { headers, signal: abort.signal });
  const first = await firstPart(response);
  abort.abort();
  return /"stagewire":\{"code":"(\w+)"/.exec(first)?.[1];
}

/** An event stream does not end, but its refusal comes first. */
async function firstPart(response: Response): Promise<string> {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (/\n\n|"stagewire"/.test(text) || (text.startsWith('{') && text.endsWith('}'))) break;
  }
  return text;
}
