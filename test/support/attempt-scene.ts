import { randomBytes, randomUUID } from 'node:crypto';
import { formatCursor, type RunState } from '@stagewire/shared';
import { contract } from '@stagewire/shared/contract';
import type { BareSocket } from './bare-socket.ts';
import { connect } from './bare-socket.ts';
import { startKeyedApp, type KeyedApp } from './keyed-app.ts';
import { announced, params } from './keyed-peers.ts';
import { apiAudience, startOidcServer, type OidcServer } from './oidc-server.ts';
import { rawRequest, type RawRequest } from './raw-request.ts';
import { shareRun } from './share-run.ts';

/** In everything that is ada's, and in nothing that mallory may read. */
export const canary = 'canary-of-ada';

/** One caller attacks the runs of another one, on a server that accepts every kind of credential. */
export interface AttemptScene extends AsyncDisposable {
  readonly app: KeyedApp;
  readonly provider: OidcServer;
  /** Access keys of the owners. */
  readonly ada: string;
  readonly mallory: string;
  readonly admin: string;
  /** Runs of ada whose ids mallory knows. */
  readonly live: string;
  readonly ended: string;
  readonly deleted: string;
  /** A run of mallory. */
  readonly own: string;
  /** A token of a link to `live`, which permits to control it. */
  readonly link: string;
  newId(): string;
  /** An answer as text: its status, its headers and its body. */
  http(request: RawRequest, token?: string): Promise<string>;
  /** A call over HTTP, as mallory unless there is another token. */
  call(path: string, input: unknown, token?: string): Promise<string>;
  /** A WebSocket, as mallory unless there is another token. */
  socket(token?: string): Promise<BareSocket>;
  /** A token of the provider; `team` names the owners. */
  jwt(claims: Readonly<Record<string, unknown>>): Promise<string>;
  /** The answer of a call, as mallory unless there is another token; `undefined` if it is rejected. */
  data<Data>(path: string, input: unknown, token?: string): Promise<Data | undefined>;
  /** The state of `live`, apart from what changes as it runs. */
  stateOfLive(): Promise<unknown>;
}

const query = (body: string) => `?input=${encodeURIComponent(body)}`;
const isMutation = (path: string) =>
  (contract as Readonly<Record<string, { readonly kind: string }>>)[path]?.kind === 'mutation';
const permissions = ['runs:read', 'runs:start', 'runs:control', 'runs:delete'] as const;

export async function startAttemptScene(): Promise<AttemptScene> {
  await using opened = new AsyncDisposableStack();
  const provider = opened.use(await startOidcServer());
  const app = opened.use(
    await startKeyedApp({
      transport: { refusalGraceMs: 1000 },
      env: {
        STAGEWIRE_AUTH: 'keys,jwt,proxy',
        STAGEWIRE_LOG: 'sqlite',
        STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1',
        STAGEWIRE_PROXY_OWNER_HEADER: 'x-auth-request-groups',
        STAGEWIRE_JWT_ISSUER: provider.issuer,
        STAGEWIRE_JWT_AUDIENCE: apiAudience,
        STAGEWIRE_JWT_OWNER_CLAIM: 'team',
        STAGEWIRE_JWT_PERMISSIONS_CLAIM: 'roles',
        STAGEWIRE_MODEL: 'rehearsal/tps=5,ttft=0,chars=20000',
      },
    }),
  );
  const tokenOf = async (owner: string, more: object = {}) =>
    (await app.key({ name: `key of ${owner}`, owner, permissions: [...permissions], ...more })).token;
  const [ada, mallory] = [await tokenOf('ada'), await tokenOf('mallory')];
  const admin = await tokenOf('root', { permissions: ['admin'] });
  let attempts = 0;
  const newId = () => `run_${randomBytes(12).toString('hex')}`;

  const scene = {
    app,
    provider,
    ada,
    mallory,
    admin,
    newId,
    async http({ headers = {}, ...request }: RawRequest, token?: string) {
      const answer = await rawRequest(app.port, {
        ...request,
        headers: {
          // Of another client each time: failed attempts of one address are limited.
          'x-forwarded-for': `10.0.${(attempts += 1) >> 8}.${attempts & 255}`,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...headers,
        },
      });
      return `${answer.status} ${JSON.stringify(answer.headers)} ${answer.body}`;
    },
    call(path: string, input: unknown, token = mallory) {
      const body = JSON.stringify(input) ?? '';
      const headers = { 'content-type': 'application/json' };
      return isMutation(path)
        ? scene.http({ method: 'POST', path: `/trpc/${path}`, headers, body }, token)
        : scene.http({ path: `/trpc/${path}${input === undefined ? '' : query(body)}` }, token);
    },
    async socket(token = mallory) {
      const socket = await connect(app.port, announced);
      socket.send(params({ token }));
      return socket;
    },
    jwt: (claims: Readonly<Record<string, unknown>>) =>
      provider.token({ sub: 'mallory', team: 'mallory', roles: permissions, ...claims }),
    async data<Data>(path: string, input: unknown, token = mallory) {
      const body = (await scene.call(path, input, token)).replace(/^\d+ \{.*?\} (?=[{[])/, '');
      return (JSON.parse(body) as { result?: { data: Data } }).result?.data;
    },
    async stateOfLive() {
      const run = await scene.data<RunState>('runs.get', { runId: live }, ada);
      const { status, commands, shares, task, owner } = run ?? {};
      return { status, commands, shares, task, owner };
    },
  };

  const start = async (token: string, more: object = {}) => {
    const runId = newId();
    const answer = await scene.call('runs.start', { runId, ...more }, token);
    if (!answer.startsWith('200')) throw new Error(answer);
    return runId;
  };
  const ofAda = {
    task: `${canary} task`,
    labels: { [canary]: canary },
    instructions: { all: `${canary} instructions` },
    files: [{ path: `${canary}.txt`, text: `${canary} text` }],
  };
  const live = await start(ada, ofAda);
  const [ended, deleted] = [await start(ada, ofAda), await start(ada, ofAda)];
  for (const runId of [ended, deleted]) {
    const cancel = { runId, commandId: randomUUID(), target: 'run', reason: canary };
    await scene.call('runs.cancel', cancel, ada);
    let isEnded = false;
    while (!isEnded) isEnded = (await scene.call('runs.get', { runId }, ada)).includes('"endedAt"');
  }
  await scene.call('runs.delete', { runId: deleted }, ada);
  const own = await start(mallory, { task: 'the own run' });
  const { token: link } = await shareRun(app, ada, { runId: live, may: 'control' });
  const kept = opened.move();
  return {
    ...scene,
    live,
    ended,
    deleted,
    own,
    link,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A cursor that the run may have. */
export function cursorOf(runId: string, seq = 1): string {
  return formatCursor(runId, { epoch: 1, seq });
}
