import { connect } from '@stagewire/client';
import { StagewireError } from '@stagewire/shared';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRunListStore, type RunListStore } from '../../client/react/run-list-store.ts';
import { startApiServer, type ApiServer } from '../support/api-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

test('loads older runs page by page, none twice and none left out, and keeps all of them up', async () => {
  const labels = { list: 'paged' };
  const ids = await begin(7, labels);
  await using shown = await show({ labels, limit: 3 });
  await expect.poll(() => shown.ids()).toEqual(ids.slice(0, 3));
  expect(shown.store.view.hasOlder).toBe(true);
  await shown.store.loadOlder();
  await expect.poll(() => shown.ids()).toEqual(ids.slice(0, 6));
  await server.runs.finish(ids[5] ?? '');
  await expect.poll(() => shown.store.view.runs?.at(-1)?.status).toBe('completed');
  await Promise.all([shown.store.loadOlder(), shown.store.loadOlder()]);
  await expect.poll(() => shown.ids()).toEqual(ids);
  expect(shown.store.view.hasOlder).toBe(false);
});

test('leaves no gap where new runs have pushed some out of the list', async () => {
  const labels = { list: 'pushed' };
  const before = await begin(5, labels);
  await using shown = await show({ labels, limit: 3 });
  await expect.poll(() => shown.ids()).toEqual(before.slice(0, 3));
  const all = [...(await begin(4, labels)), ...before];
  await expect.poll(() => shown.ids()).toEqual(all.slice(0, 3));
  await shown.store.loadOlder();
  await expect.poll(() => shown.ids()).toEqual(all.slice(0, 6));
  await shown.store.loadOlder();
  await expect.poll(() => shown.ids()).toEqual(all);
});

// Broken once: without the events heard meanwhile, this stayed at running for ever.
test('knows the end of an older run that ended while its page was on the way', async () => {
  const labels = { list: 'ended-meanwhile' };
  const ids = await begin(4, labels);
  const answered = Promise.withResolvers<void>();
  await using client = connect({ url: `http://127.0.0.1:${server.port}` });
  let asked = 0;
  const slow = Object.assign(Object.create(client) as typeof client, {
    async list(...query: Parameters<typeof client.list>) {
      const page = await client.list(...query);
      asked += 1;
      if (asked === 2) await answered.promise;
      return page;
    },
  });
  const store = createRunListStore({ client: slow, query: { labels, limit: 2 }, onUnused: () => {} });
  const leave = store.subscribe(() => {});
  await expect.poll(() => store.view.runs?.length).toBe(2);
  const older = store.loadOlder();
  await expect.poll(() => asked).toBe(2);
  await server.runs.finish(ids[3] ?? '');
  // Heard, for the feed tells in order.
  await server.runs.finish(ids[0] ?? '');
  await expect.poll(() => store.view.runs?.[0]?.status).toBe('completed');
  answered.resolve();
  await older;
  await expect.poll(() => store.view.runs?.at(-1)).toMatchObject({ runId: ids[3], status: 'completed' });
  leave();
});

// Each try once left a subscription open. Broken once: without `return`, this was red.
test('leaves nothing open of its waiting for a server', async () => {
  const labels = { list: 'refused' };
  await begin(1, labels);
  await using client = connect({ url: `http://127.0.0.1:${server.port}`, backoff: { maxDelayMs: 1 } });
  let refusals = 3;
  const open = new Set<object>();
  const refusing = Object.assign(Object.create(client) as typeof client, {
    async list(...query: Parameters<typeof client.list>) {
      if (refusals-- > 0) throw new StagewireError('OVERLOADED', 'not now');
      return client.list(...query);
    },
    feed(...query: Parameters<typeof client.feed>) {
      const feed = client.feed(...query);
      open.add(feed);
      const leave = feed.return?.bind(feed);
      feed.return = (...given) => {
        open.delete(feed);
        return leave?.(...given) ?? Promise.resolve({ done: true, value: undefined });
      };
      return feed;
    },
  });
  const store = createRunListStore({ client: refusing, query: { labels, limit: 2 }, onUnused: () => {} });
  const leave = store.subscribe(() => {});
  await expect.poll(() => store.view.runs?.length, { timeout: 10_000 }).toBe(1);
  // The one that keeps the list up.
  expect(open.size).toBe(1);
  leave();
});

test('asks again until there is a server, and shows how the connection stands meanwhile', async () => {
  const labels = { list: 'late' };
  const ids = await begin(1, labels);
  await using proxy = await startTcpProxy({ targetPort: 1 });
  await using shown = await show({ labels, limit: 3 }, { port: proxy.port, callTimeoutMs: 100 });
  await expect.poll(() => shown.client.connection.status).toBe('lost');
  expect(shown.store.view).toEqual({ runs: undefined, hasOlder: false, error: undefined });
  proxy.target(server.port);
  await expect.poll(() => shown.ids()).toEqual(ids);
});

test('says so where asking again cannot help', async () => {
  await using shown = await show({ labels: undefined, limit: 100_000 });
  await expect.poll(() => shown.store.view.error?.message).toMatch(/limit/);
});

/** Newest first. */
async function begin(count: number, labels: Record<string, string>): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) ids.unshift(await server.runs.begin({ labels }));
  return ids;
}

interface Shown extends AsyncDisposable {
  readonly client: ReturnType<typeof connect>;
  readonly store: RunListStore;
  readonly ids: () => string[] | undefined;
}

async function show(
  query: Parameters<typeof createRunListStore>[0]['query'],
  { port = server.port, callTimeoutMs = 5000 } = {},
): Promise<Shown> {
  const client = connect({
    url: `http://127.0.0.1:${port}`,
    callTimeoutMs,
    backoff: { maxDelayMs: 100 },
  });
  const store = createRunListStore({ client, query, onUnused: () => {} });
  const leave = store.subscribe(() => {});
  return {
    client,
    store,
    ids: () => store.view.runs?.map(({ runId }) => runId),
    async [Symbol.asyncDispose]() {
      leave();
      await client.close();
    },
  };
}
