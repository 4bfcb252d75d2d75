import type { CreateKeyInput } from '@stagewire/shared';
import { CreateKeyInput as CreateKeySchema } from '@stagewire/shared/keys';
import pg from 'pg';
import { startApp } from '../../server/app.ts';
import { openPostgresKeys } from '../../server/cluster/postgres/open-postgres-keys.ts';
import { createKeyService } from '../../server/identity/keys/key-service.ts';
import { createKeyText } from '../../server/identity/keys/key-text.ts';
import { readConfig } from '../../server/process/config.ts';
import { systemClock, type Clock } from '../../server/runtime/clock.ts';
import { secretBytes } from '../../server/runtime/random.ts';
import { createBrowserPeer, type BrowserPeer } from './browser-peer.ts';
import type { PostgresDatabase } from './postgres-database.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { createTokenCaller, type TokenCaller } from './token-caller.ts';
import { until } from './until.ts';

/** A node with authentication, over a network to its database that can be cut. Its runs stay live. */
export interface KeyedNode extends TokenCaller {
  readonly port: number;
  readonly url: string;
  readonly link: TcpProxy;
  /** Cuts the network, or makes it whole again. */
  cut(isCut: boolean): void;
  /** What it has logged, as JSON. */
  readonly logged: readonly string[];
  stop(): Promise<void>;
}

/** Two nodes that share a database, with `STAGEWIRE_AUTH=keys`. */
export interface KeyedCluster extends AsyncDisposable {
  readonly one: KeyedNode;
  readonly other: KeyedNode;
  readonly schema: string;
  /** A connection to their database, with their tables. */
  readonly database: pg.Client;
  /** The address of both for browsers: the next connections go to the node that was chosen last. */
  readonly publicUrl: string;
  sendBrowsersTo(node: KeyedNode): Promise<void>;
  /** A browser that has not signed in, at a node: as if the load balancer had sent it there. */
  visitor(node?: KeyedNode, cookie?: string): BrowserPeer;
  /** A browser that has signed in at a node, with a key. @throws Error if it is rejected */
  signedIn(node: KeyedNode, token: string): Promise<BrowserPeer>;
  /** Creates a key in the database, as the command does, without a node. */
  key(
    input?: Partial<Omit<CreateKeyInput, 'id' | 'hash'>>,
  ): Promise<{ readonly id: string; readonly token: string }>;
  revoke(id: string): Promise<void>;
  /** Another node. */
  join(options?: JoinOptions): Promise<KeyedNode>;
}

export interface JoinOptions {
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startKeyedCluster(
  given: Pick<PostgresDatabase, 'url'>,
  options: { readonly schema: string } & JoinOptions,
): Promise<KeyedCluster> {
  const { schema } = options;
  await using opened = new AsyncDisposableStack();
  const front = opened.use(await startTcpProxy({ targetPort: 1 }));
  const publicUrl = `http://127.0.0.1:${front.port}`;

  /** The nodes that have joined by then are closed with the cluster. */
  const running = opened.use(new AsyncDisposableStack());

  // As the commands do, without a node.
  const store = await openPostgresKeys({ url: given.url, schema, clock: systemClock });
  opened.defer(() => store.close());
  const keys = createKeyService({ store, clock: systemClock });

  async function join({ clock = systemClock, env = {} }: JoinOptions = {}): Promise<KeyedNode> {
    const logged: string[] = [];
    const note = (fields: Readonly<Record<string, unknown>>, message: string) =>
      void logged.push(JSON.stringify({ ...fields, error: String(fields['error']), message }));
    const url = new URL(given.url);
    const link = running.use(await startTcpProxy({ targetPort: Number(url.port) }));
    url.port = String(link.port);
    const app = await startApp({
      config: readConfig({
        STAGEWIRE_AUTH: 'keys',
        STAGEWIRE_PORT: '0',
        STAGEWIRE_PUBLIC_URL: publicUrl,
        STAGEWIRE_DATABASE_URL: url.href,
        STAGEWIRE_DATABASE_SCHEMA: schema,
        STAGEWIRE_LEASE_MS: '3000',
        STAGEWIRE_HEARTBEAT_MS: '200',
        STAGEWIRE_MODEL: 'rehearsal/tps=5,ttft=0,chars=20000',
        ...options.env,
        ...env,
      }),
      clock,
      logger: { info: note, warn: note, error: note },
      transport: { refusalGraceMs: 1000 },
    });
    running.defer(() => app.close());
    const port = Number(new URL(app.url).port);
    return {
      port,
      url: app.url,
      link,
      cut(isCut) {
        // Of the port 1 each connection is refused.
        link.target(isCut ? 1 : Number(new URL(given.url).port));
        if (isCut) link.reset();
      },
      logged,
      ...createTokenCaller(app.url),
      stop: () => app.close(),
    };
  }

  const database = new pg.Client(given.url);
  opened.defer(() => database.end());
  await database.connect();
  await database.query(`SET search_path = ${schema}`);

  function visitor(node: KeyedNode = one, cookie = ''): BrowserPeer {
    const peer = createBrowserPeer(node.port, new URL(publicUrl).host);
    peer.cookie = cookie;
    return peer;
  }

  const [one, other] = await Promise.all([join(), join()]);
  const kept = opened.move();
  return {
    one,
    other,
    schema,
    database,
    publicUrl,
    async sendBrowsersTo(node) {
      front.target(node.port);
      front.reset();
      // Until no connection of before is used again.
      await until(
        async () => (await fetch(`${publicUrl}/healthz`).catch(() => undefined))?.ok === true,
        'the node',
      );
    },
    visitor,
    async signedIn(node, token) {
      const peer = visitor(node);
      const { status } = await peer.signIn(token);
      if (status !== 200) throw new Error(`The sign-in is rejected with ${status}.`);
      return peer;
    },
    join,
    async key({ name = 'ada', ...input } = {}) {
      const { id, hash, text } = createKeyText(secretBytes);
      await keys.create(CreateKeySchema.parse({ id, hash, name, ...input }), { id: 'command:test' });
      return { id, token: text };
    },
    async revoke(id) {
      await keys.revoke(id, { id: 'command:test' });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
