import { randomUUID } from 'node:crypto';
import type { CreateKeyInput } from '@stagewire/shared';
import { contract, type ProcedurePath } from '@stagewire/shared/contract';
import { Permission } from '@stagewire/shared/primitives';
import { expect } from 'vitest';
import { connect, type BareSocket } from './bare-socket.ts';
import { shareRun } from './share-run.ts';

// The table of PROTOCOL.md: every procedure, called by every kind of caller with an access key or a link, over both wires.

export const procedurePaths = Object.keys(contract) as ProcedurePath[];

/** A run of the callers' for each procedure, so that a cancel changes nothing for the others. */
export const ownRunFor = (path: ProcedurePath) => `run_permissions-own-${procedurePaths.indexOf(path)}`;
const missingRun = 'run_permissions-9999';

const allPermissions = Permission.options;
const allButAdmin = allPermissions.filter((it) => it !== 'admin').join('+');

/**
 * Who calls: nobody, a caller with one permission, with none, with all but admin, and one of another owner; and one with a
 * link to the run, or to another run of its owner.
 */
export const callers = [
  'nobody',
  'ada:',
  ...allPermissions.map((permission) => `ada:${permission}`),
  `ada:${allButAdmin}`,
  `bob:${allButAdmin}`,
  'link:read',
  'link:control',
  'link:other',
];

const isLink = (caller: string) => caller.startsWith('link:');

/** Where the runs are, and where keys are created. */
export interface PermissionServer {
  /** The server that executes the runs. */
  readonly url: string;
  key(input: Pick<CreateKeyInput, 'name' | 'permissions'>): Promise<{ readonly token: string }>;
}

/** The runs and credentials of the table. */
export interface PermissionTable {
  headersOf(caller: string, path: ProcedurePath): Record<string, string>;
  /** For the run of a caller, or for one that does not exist: the permission is checked first. */
  inputs(runId: string, caller?: string): Record<ProcedurePath, unknown>;
  /** The code with which a call over a WebSocket is rejected; `undefined` if it is not. */
  codeOverSocket(bot: BareSocket, path: ProcedurePath, input: unknown): Promise<string | undefined>;
  /** @param url Of the server that is called. */
  codeOverHttp(
    url: string,
    call: { readonly caller: string; readonly path: ProcedurePath; readonly input: unknown },
  ): Promise<string | undefined>;
  /** Calls a procedure for both runs over a WebSocket, and checks the answers. */
  checkOverSocket(url: string, caller: string, path: ProcedurePath): Promise<void>;
  /** The same over HTTP. */
  checkOverHttp(url: string, caller: string, path: ProcedurePath): Promise<void>;
}

export async function createPermissionTable(server: PermissionServer): Promise<PermissionTable> {
  /** Of an access key by its caller; of a link by its caller and the procedure. */
  const tokens = new Map<string, string>();
  const tokenOf = (caller: string, path: ProcedurePath) =>
    tokens.get(isLink(caller) ? `${caller} ${path}` : caller) ?? '';
  const headersOf = (caller: string, path: ProcedurePath): Record<string, string> =>
    caller === 'nobody' ? {} : { authorization: `Bearer ${tokenOf(caller, path)}` };

  const inputs = (runId: string, caller = '') =>
    ({
      'runs.start': { runId, task: 'Build it' },
      'runs.events': { runId },
      'runs.feed': {},
      'runs.steer': { runId, commandId: randomUUID(), text: 'Shorter.', expect: 'any' },
      'runs.redirect': { runId, commandId: randomUUID(), to: 'coder', expect: 'any' },
      'runs.cancel': { runId, commandId: randomUUID(), target: 'run' },
      'runs.share': { runId, commandId: randomUUID(), may: 'read' },
      'runs.unshare': { runId, commandId: randomUUID(), shareId: '0123456789abcdef' },
      'runs.delete': { runId },
      'runs.get': { runId },
      'runs.files': { runId },
      'runs.prompt': { runId, stage: 1, attempt: 1 },
      'runs.list': {},
      'models.list': undefined,
      'keys.create': { id: '0123456789abcdef', hash: 'ab'.repeat(32), name: 'Ada' },
      'keys.list': undefined,
      'keys.revoke': { id: '0123456789abcdef' },
      'traces.export': { since: '2026-01-01T00:00:00.000Z' },
      'audit.list': { since: '2026-01-01T00:00:00.000Z' },
      'session.refresh': { token: tokenOf(caller, 'session.refresh') },
      'server.info': undefined,
    }) satisfies Record<ProcedurePath, unknown>;

  const post = (path: string, token: string | undefined, body: unknown) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });

  for (const caller of callers.slice(1).filter((it) => !isLink(it))) {
    const [name = '', granted = ''] = caller.split(/:(.*)/s);
    const permissions = allPermissions.filter((it) => granted.split('+').includes(it));
    tokens.set(caller, (await server.key({ name, permissions })).token);
  }
  const share = async (caller: string, path: ProcedurePath, input: Parameters<typeof shareRun>[2]) => {
    const link = await shareRun({ fetch: post }, tokens.get('ada:runs:control') ?? '', input);
    tokens.set(`${caller} ${path}`, link.token);
  };
  for (const runId of [...procedurePaths.map(ownRunFor), 'run_permissions-other']) {
    const started = await post('/trpc/runs.start', tokens.get('ada:runs:start'), inputs(runId)['runs.start']);
    expect(started.status).toBe(200);
  }
  await Promise.all(
    procedurePaths.map(async (path) => {
      await share('link:read', path, { runId: ownRunFor(path), may: 'read' });
      await share('link:control', path, { runId: ownRunFor(path), may: 'control' });
      await share('link:other', path, { runId: 'run_permissions-other', may: 'control' });
    }),
  );

  async function codeOverSocket(bot: BareSocket, path: ProcedurePath, input: unknown) {
    const { kind } = contract[path];
    if (kind !== 'subscription') return (await bot.call(kind, path, input)).error?.data.stagewire.code;
    return (await bot.next(bot.subscribe(path, input))).error?.data.stagewire.code;
  }

  const codeOverHttp: PermissionTable['codeOverHttp'] = async (url, { caller, path, input }) => {
    const { kind } = contract[path];
    const headers = { 'content-type': 'application/json', ...headersOf(caller, path) };
    const abort = new AbortController();
    const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
    const response =
      kind === 'mutation'
        ? await fetch(`${url}/trpc/${path}`, { method: 'POST', headers, body: JSON.stringify(input) })
        : await fetch(`${url}/trpc/${path}${query}`, { headers, signal: abort.signal });
    const first = await firstPart(response);
    abort.abort();
    return /"stagewire":\{"code":"(\w+)"/.exec(first)?.[1];
  };

  return {
    headersOf,
    inputs,
    codeOverSocket,
    codeOverHttp,
    async checkOverSocket(url, caller, path) {
      await using bot = await connect(Number(new URL(url).port), {
        client: { headers: headersOf(caller, path) },
      });
      for (const runId of [ownRunFor(path), missingRun]) {
        const input = inputs(runId, caller);
        const code = await codeOverSocket(bot, path, input[path]);
        expectAccess({ caller, path, runId, code, hasRun: hasRunId(input[path]) });
      }
      if (caller === 'nobody') return;
      // Only an identity that is refused closes the connection.
      expect(await bot.call('query', 'server.info')).toHaveProperty('result');
    },
    async checkOverHttp(url, caller, path) {
      for (const runId of [ownRunFor(path), missingRun]) {
        const input = inputs(runId, caller)[path];
        const code = await codeOverHttp(url, { caller, path, input });
        expectAccess({ caller, path, runId, code, hasRun: hasRunId(input) });
      }
    },
  };
}

function hasRunId(input: object | undefined): boolean {
  return input !== undefined && Object.hasOwn(input, 'runId');
}

/** The code that a caller gets for lack of an identity or a permission; `undefined` if it is let through. */
export function refusalOf(caller: string, path: ProcedurePath): string | undefined {
  const { permission } = contract[path];
  if (path === 'server.info') return undefined;
  if (caller === 'nobody') return 'UNAUTHENTICATED';
  if (isLink(caller)) {
    const { link } = contract[path];
    return link === 'read' || (link === 'control' && caller !== 'link:read') ? undefined : 'FORBIDDEN';
  }
  if (permission === null) return undefined;
  const has = caller.replace(/^\w+:/, '').split('+');
  return has.includes(permission) || has.includes('admin') ? undefined : 'FORBIDDEN';
}

interface Seen {
  readonly caller: string;
  readonly path: ProcedurePath;
  readonly runId: string;
  readonly code: string | undefined;
  /** Is the call for a run? */
  readonly hasRun: boolean;
}

function expectAccess({ caller, path, runId, code, hasRun }: Seen): void {
  const what = `${caller} ${path} ${runId}`;
  const refusal = refusalOf(caller, path);
  if (refusal !== undefined) return expect(code, what).toBe(refusal);
  expect(code, what).not.toBe('FORBIDDEN');
  expect(code, what).not.toBe('UNAUTHENTICATED');
  // These servers export no traces.
  if (path === 'traces.export') return expect(code, what).toBe('UNKNOWN_PROCEDURE');
  if (!hasRun) return expect(code, what).toBeUndefined();
  const isOwn = runId === ownRunFor(path);
  const isSeen = isOwn && (/^ada:|^link:(?!other)/.test(caller) || caller.includes('admin'));
  if (path === 'runs.start') {
    // Its id is taken, whoever owns it.
    if (isOwn && !isSeen) expect(code, what).toBe('RUN_ID_CONFLICT');
    return;
  }
  if (isSeen) expect(code, what).not.toBe('RUN_NOT_FOUND');
  else if (isOwn) expect(code, what).toBe('RUN_NOT_FOUND');
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
