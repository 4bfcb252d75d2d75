import { expect, test } from 'vitest';
import { openPostgresKeys } from '../../server/cluster/postgres/open-postgres-keys.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { makeAccessKey, makeKeyIn } from '../support/make-access-key.ts';
import { startNodeProcess } from '../support/node-processes.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { startServerProcess } from '../support/server-process.ts';
import { createTokenCaller, type TokenCaller } from '../support/token-caller.ts';
import { until } from '../support/until.ts';

// Whole servers as operators start them; the simulation has the exact laws.
// Seen red with: the queue of a process, and the claims of nodes, in the order of the queue.

const [manyRuns, fewRuns] = [500, 5];
/** Of all nodes together. */
const slots = 8;
/** Starts that are in flight at the same time. */
const startsAtOnce = 20;
const input = {
  task: 'Build it',
  pipeline: { roles: ['architect'] },
  models: { default: 'rehearsal/ttft=0,tps=40,chars=80' },
};
const env = (slotsPerServer: number) => ({
  STAGEWIRE_AUTH: 'keys',
  STAGEWIRE_MAX_RUNNING: String(slotsPerServer),
});

type Servers = readonly [TokenCaller, ...TokenCaller[]];

/** Starts runs at servers in turn. */
async function startRuns(servers: Servers, token: string, count: number): Promise<void> {
  let started = 0;
  const startOneByOne = async () => {
    while (started < count) {
      const server = servers[started % servers.length] ?? servers[0];
      started += 1;
      const response = await server.fetch('/trpc/runs.start', token, input);
      expect(response.status).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: Math.min(startsAtOnce, count) }, startOneByOne));
}

/** When the runs of an owner that have begun did so. */
async function begunAt(server: TokenCaller, token: string): Promise<readonly string[]> {
  const begun: string[] = [];
  let before: string | undefined;
  do {
    const query = JSON.stringify({ limit: 100, ...(before !== undefined && { before }) });
    const response = await server.fetch(`/trpc/runs.list?input=${encodeURIComponent(query)}`, token);
    const { result } = (await response.json()) as { result: { data: Page } };
    begun.push(...result.data.items.flatMap(({ startedAt }) => startedAt ?? []));
    before = result.data.next;
  } while (before !== undefined);
  return begun.toSorted();
}

interface Page {
  readonly items: readonly { readonly startedAt?: string }[];
  readonly next?: string;
}

/**
 * The five get every slot that becomes free until half of the slots are theirs, and then every second one: five of the five
 * hundred begin meanwhile where all runs take equally long. These take about as long, and their begins are compared by their
 * milliseconds: twice that, and as many as there are slots. In the order of the queue it would be more than four hundred.
 */
const mostMeanwhile = 2 * fewRuns + slots;

async function expectTurns(
  servers: Servers,
  { many, few }: { readonly many: string; readonly few: string },
): Promise<void> {
  const [server] = servers;
  await startRuns(servers, many, manyRuns);
  await startRuns(servers, few, fewRuns);
  const queuedAt = new Date().toISOString();
  await until(async () => (await begunAt(server, few)).length === fewRuns, 'the five runs to begin', {
    timeoutMs: 60_000,
    intervalMs: 100,
  });
  const lastAt = (await begunAt(server, few)).at(-1) ?? '';
  const ofMany = await begunAt(server, many);
  // Otherwise no run had to wait.
  expect(ofMany.length).toBeLessThan(manyRuns - 50);
  expect(ofMany.filter((at) => at > queuedAt && at < lastAt).length).toBeLessThanOrEqual(mostMeanwhile);
}

test('5 runs of an owner do not wait for 500 of another one', { timeout: 120_000 }, async () => {
  await using server = await startServerProcess({ env: env(slots) });
  const { token: many } = await makeAccessKey(server.dataDir, { owner: 'many' });
  const { token: few } = await makeAccessKey(server.dataDir, { owner: 'few' });
  await expectTurns([createTokenCaller(server.url)], { many, few });
});

describePostgres((database) => {
  test('nor on two nodes', { timeout: 120_000 }, async () => {
    const schema = database.nextSchema();
    const nodeEnv = env(slots / 2);
    await using a = await startNodeProcess({ database, schema, name: 'a', env: nodeEnv });
    await using b = await startNodeProcess({ database, schema, name: 'b', env: nodeEnv });
    const store = await openPostgresKeys({ url: database.url, schema, clock: systemClock });
    const { token: many } = await makeKeyIn(store, { owner: 'many' });
    const { token: few } = await makeKeyIn(store, { owner: 'few' });
    await store.close();
    const callerOf = ({ port }: { readonly port: number }) => createTokenCaller(`http://127.0.0.1:${port}`);
    await expectTurns([callerOf(a), callerOf(b)], { many, few });
  });
});
