import { connect, mayCall, type ConnectOptions, type Identity, type RunEvent } from '@stagewire/client';
import type { Permission, StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Identify } from '../../server/identity/identify.ts';
import { allPermissions } from '../../server/identity/principal.ts';
import { startApiServer, type ApiServer } from '../support/api-server.ts';

/** What the server knows of Ada, as it is at each moment. */
interface Ada {
  token: string | undefined;
  ticket?: string;
  permissions: readonly Permission[];
  /** How long each of her connections lasts. */
  lifeMs?: number;
}

interface Scene {
  readonly server: ApiServer;
  readonly ada: Ada;
  readonly headers: string[];
  connect(options?: Partial<ConnectOptions>): ReturnType<typeof connect>;
}

/** @param transport of its clients. */
async function createScene(transport: 'ws' | 'sse' = 'ws'): Promise<Scene> {
  const ada: Ada = { token: 'good', permissions: allPermissions };
  const headers: string[] = [];
  const identify: Identify = (request, params) => {
    headers.push(String(request.headers['x-stagewire-csrf']));
    const token = params?.['token'] ?? request.headers.authorization?.replace('Bearer ', '');
    const ticket = params?.['ticket'];
    if (token === undefined && ticket === undefined) throw wireErrors.UNAUTHENTICATED.missing();
    if (ada.token === undefined || (ticket === undefined ? token !== ada.token : ticket !== ada.ticket))
      throw wireErrors.UNAUTHENTICATED.unknownToken();
    return {
      actor: { id: 'ada', kind: 'user' },
      // The owner of scripted runs.
      owner: 'local',
      permissions: ada.permissions,
      ...(ada.lifeMs !== undefined && { expiresAtMs: Date.now() + ada.lifeMs }),
    };
  };
  const server = await startApiServer({ identify, limits: { refusalGraceMs: 50 } });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return {
    server,
    ada,
    headers,
    connect(options) {
      const client = connect({
        url: `http://127.0.0.1:${server.port}`,
        backoff: { minDelayMs: 10, firstDelayMs: 10, maxDelayMs: 50 },
        transport,
        ...options,
      });
      onTestFinished(() => client.close());
      return client;
    },
  };
}

describe.each(['ws', 'sse'] as const)('the identity of a client over %s', (transport) => {
  test('is unknown until the server has answered, and null without credentials', async () => {
    const scene = await createScene(transport);
    const client = scene.connect();
    expect(client.identity).toBeUndefined();
    const seen: (Identity | null)[] = [];
    client.onIdentity((it) => seen.push(it));
    await expect.poll(() => client.identity).toBeNull();
    await client.info();
    expect(seen).toEqual([null]);
  });

  test('follows a permission that is taken away, as soon as a call is rejected', async () => {
    const scene = await createScene(transport);
    const client = scene.connect({ token: 'good' });
    const runId = await scene.server.runs.begin();
    client.onIdentity(() => {});
    await expect.poll(() => mayCall(client.identity, 'runs.steer', runId)).toBe(true);
    scene.ada.permissions = ['runs:read'];
    await expect(client.run(runId).steer('Shorter.')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect.poll(() => mayCall(client.identity, 'runs.steer', runId)).toBe(false);
    expect(mayCall(client.identity, 'runs.get', runId)).toBe(true);
    // The connection is as it was: the next call is accepted.
    expect((await client.run(runId).snapshot()).status).toBe('running');
  });

  test('is asked for once, however many listen, and not without listeners', async () => {
    const scene = await createScene(transport);
    const client = scene.connect({ token: 'good' });
    const runId = await scene.server.runs.begin();
    scene.ada.permissions = [];
    await expect(client.run(runId).snapshot()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(client.identity).toBeUndefined();
    const requests = scene.headers.length;
    for (let count = 0; count < 5; count += 1) client.onIdentity(() => {});
    await expect.poll(() => client.identity).toMatchObject({ permissions: [] });
    expect(scene.headers.length).toBe(requests + 1);
  });
});

test('mayCall follows the table of the contract', () => {
  const identity = (more: Partial<Identity>): Identity => ({
    actor: { id: 'ada', kind: 'user' },
    owner: 'ada',
    owners: ['ada'],
    permissions: [],
    session: false,
    ...more,
  });
  const link = { runId: 'run_a', shareId: 'share', may: 'read' } as const;
  expect(mayCall(undefined, 'server.info')).toBe(false);
  expect(mayCall(null, 'runs.get')).toBe(false);
  expect(mayCall(identity({}), 'server.info')).toBe(true);
  expect(mayCall(identity({}), 'runs.get')).toBe(false);
  expect(mayCall(identity({ permissions: ['admin'] }), 'keys.list')).toBe(true);
  expect(mayCall(identity({ link }), 'runs.get')).toBe(true);
  expect(mayCall(identity({ link }), 'runs.get', 'run_b')).toBe(false);
  expect(mayCall(identity({ link }), 'runs.steer')).toBe(false);
  expect(mayCall(identity({ link: { ...link, may: 'control' } }), 'runs.steer', 'run_a')).toBe(true);
  expect(mayCall(identity({ link: { ...link, may: 'control' } }), 'runs.list')).toBe(false);
  expect(mayCall(identity({ permissions: ['admin'], link }), 'runs.list')).toBe(false);
});

describe.each(['ws', 'sse'] as const)('over %s a client that can get other credentials', (transport) => {
  test('holds its calls until then, and sends each once more', async () => {
    const scene = await createScene(transport);
    scene.ada.token = undefined;
    const asked: string[] = [];
    const signedIn = Promise.withResolvers<void>();
    const client = scene.connect({
      token: () => 'good',
      onUnauthenticated(error) {
        asked.push(error.code);
        return signedIn.promise;
      },
    });
    const pages = Promise.all([client.list(), client.list(), client.feed().next()]);
    await expect.poll(() => asked).toEqual(['UNAUTHENTICATED']);
    scene.ada.token = 'good';
    signedIn.resolve();
    expect((await pages)[1].items).toEqual([]);
    // Once for all of them.
    expect(asked).toEqual(['UNAUTHENTICATED']);
  });

  test('fails with the error of the server if there are none', async () => {
    const scene = await createScene(transport);
    const client = scene.connect({
      token: 'bad',
      onUnauthenticated: () => Promise.reject(new Error('the user has closed the dialog')),
    });
    await expect(client.list()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(client.feed().next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(client.connection.status).toBe('refused');
  });

  test('does not send a call for ever whose credentials are rejected each time', async () => {
    const scene = await createScene(transport);
    let asked = 0;
    const client = scene.connect({
      token: 'bad',
      onUnauthenticated: async () => void (asked += 1),
    });
    await expect(client.list()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(asked).toBe(3);
  });

  test('resumes its subscriptions from their cursors', async () => {
    const scene = await createScene(transport);
    const runId = await scene.server.runs.begin();
    scene.ada.lifeMs = 300;
    const signIn: (() => void)[] = [];
    const client = scene.connect({
      token: () => 'good',
      onUnauthenticated: () => new Promise((resolve) => void signIn.push(resolve)),
    });
    const events: RunEvent[] = [];
    const reading = (async () => {
      for await (const event of client.run(runId).events()) events.push(event);
    })();
    await scene.server.runs.say(runId, 'one ');
    await expect.poll(() => textOf(events)).toBe('one ');
    // The identity expires, and the server closes the connection.
    scene.ada.token = undefined;
    await expect.poll(() => signIn.length).toBeGreaterThan(0);
    await scene.server.runs.say(runId, 'two ');
    expect(client.connection.status).toBe('lost');
    delete scene.ada.lifeMs;
    scene.ada.token = 'good';
    for (const resolve of signIn) resolve();
    await expect.poll(() => textOf(events)).toBe('one two ');
    expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length);
    await client.close();
    await expect(reading).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('stops waiting when it is closed', async () => {
    const scene = await createScene(transport);
    let asked = 0;
    const client = scene.connect({
      onUnauthenticated() {
        asked += 1;
        return new Promise(() => {});
      },
    });
    const calls = Promise.allSettled([client.list(), client.feed().next()]);
    await expect.poll(() => asked).toBe(1);
    await client.close();
    expect((await calls).map((it) => it.status === 'rejected' && (it.reason as StagewireError).code)).toEqual(
      ['CLOSED', 'CLOSED'],
    );
  });
});

describe('an event stream', () => {
  test('gets a token of its own each time, and is closed in time when its identity ends', async () => {
    const scene = await createScene();
    const runId = await scene.server.runs.begin();
    scene.ada.lifeMs = 200;
    let tokens = 0;
    const client = scene.connect({
      transport: 'sse',
      token: () => {
        tokens += 1;
        return 'good';
      },
    });
    const events: RunEvent[] = [];
    const reading = (async () => {
      for await (const event of client.run(runId).events()) events.push(event);
    })();
    await expect.poll(() => tokens, { timeout: 5000 }).toBeGreaterThan(2);
    await scene.server.runs.say(runId, 'on time');
    await expect.poll(() => textOf(events)).toBe('on time');
    expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length);
    // Without credentials any more, the stream ends with the error of the server, as a socket does.
    scene.ada.token = undefined;
    await expect(reading).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(client.connection).toMatchObject({ status: 'refused', transport: 'sse' });
  });
});

describe('the ticket of a socket', () => {
  test('is taken for each socket, and again after a failure', async () => {
    const scene = await createScene();
    scene.ada.lifeMs = 200;
    const tickets: string[] = [];
    const client = scene.connect({
      onUnauthenticated: async () => {},
      ticket: async () => {
        tickets.push(`ticket-${tickets.length}`);
        if (tickets.length === 1) throw new Error('the network is gone');
        scene.ada.ticket = tickets.at(-1) ?? '';
        return scene.ada.ticket;
      },
    });
    const runId = await scene.server.runs.begin();
    const stream = client.procedures.runs.events({ runId });
    expect((await stream.next()).value).toMatchObject({ type: 'run.queued' });
    expect(tickets).toEqual(['ticket-0', 'ticket-1']);
    await expect.poll(() => tickets.length).toBe(3);
    await stream.return?.();
  });

  test('asks for other credentials if the server has none for it', async () => {
    const scene = await createScene();
    let isSignedIn = false;
    const client = scene.connect({
      ticket: async () => {
        if (!isSignedIn) throw wireErrors.UNAUTHENTICATED.missing();
        return (scene.ada.ticket = 'ticket');
      },
      onUnauthenticated: async () => void (isSignedIn = true),
    });
    expect((await client.feed().next()).value).toMatchObject({ type: 'feed.opened' });
  });
});

test('a socket that ends is not explained by the rejection of the one before', async () => {
  const scene = await createScene();
  const reasons: string[] = [];
  let token = 'bad';
  const client = scene.connect({
    token: () => token,
    async onUnauthenticated({ message }) {
      reasons.push(message);
      token = 'good';
    },
  });
  const events = client.feed()[Symbol.asyncIterator]();
  scene.ada.lifeMs = 300;
  void events.next().catch(() => undefined);
  await expect.poll(() => reasons.length).toBeGreaterThan(1);
  expect(reasons.slice(0, 2)).toEqual(['The token is not valid on this server.', 'The token has expired.']);
});

test('headers are sent with every call', async () => {
  const scene = await createScene();
  const client = scene.connect({ token: 'good', headers: { 'x-stagewire-csrf': '1' } });
  await client.list();
  expect(scene.headers).toEqual(['1']);
});

function textOf(events: readonly RunEvent[]): string {
  return events.map((it) => (it.type === 'stage.delta' ? it.text : '')).join('');
}
