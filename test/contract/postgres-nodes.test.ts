import pg from 'pg';
import { expect, test } from 'vitest';
import type { GlobalEntry } from '../../server/log/event-log.ts';
import { channelName } from '../../server/log/postgres/lock-key.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { until } from '../support/until.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { openPostgresNode } from '../support/postgres-node.ts';
import { ownershipContract } from './ownership-contract.ts';
import { relayContract } from './relay-contract.ts';
import { twoNodesContract, type OpenTwoNodes, type TwoNodes } from './two-nodes-contract.ts';
import { wait } from '../../server/runtime/wait.ts';
import { systemClock } from '../../server/runtime/clock.ts';

const leaseMs = 1200;

describePostgres((given) => {
  const open: OpenTwoNodes = async (versions): Promise<TwoNodes> => {
    const schema = await given.emptySchema();
    const join = (nodeId: 'a' | 'b') =>
      openPostgresNode({
        url: given.url,
        schema,
        nodeId,
        leaseMs,
        olderClaimDelayMs: 200,
        ...(versions === undefined ? {} : { version: versions[nodeId] }),
      });
    const a = await join('a');
    const b = await join('b');
    return {
      a,
      b,
      done: <T>(promise: Promise<T>) => promise,
      passLeases: () => wait(systemClock, leaseMs + 50),
      passMoment: () => wait(systemClock, 20),
      async [Symbol.asyncDispose]() {
        await a[Symbol.asyncDispose]();
        await b[Symbol.asyncDispose]();
      },
    };
  };
  twoNodesContract(open);
  ownershipContract(open);
  relayContract(open);

  test.each([
    ['ship', true],
    ['poke', false],
  ] as const)('with notify = %s, do notifications have the text of runs? %s', async (notify, isInside) => {
    const schema = await given.emptySchema();
    await using a = await openPostgresNode({ url: given.url, schema, nodeId: 'a', notify });
    await using b = await openPostgresNode({ url: given.url, schema, nodeId: 'b', notify });
    await using payloads = await listen(schema);
    const got: GlobalEntry[] = [];
    b.log.watchAll((entries) => got.push(...entries));
    const run = createRunScript(runIdOf(1));
    await a.log.append({ ...run.begin({ task: 'a secret task' }), claim: true });
    await until(() => got.length === 4 && payloads.seen.length > 0, 'the events at the other node');
    expect(payloads.have('a secret task')).toBe(isInside);
    expect(got).toEqual(await a.log.readAll({ after: 0, limit: 9 }));
  });

  // Seen red without `setPeers` in the renewal.
  test('a node without others sends no text of runs, until another one joins', async () => {
    const schema = await given.emptySchema();
    await using a = await openPostgresNode({ url: given.url, schema, nodeId: 'a', leaseMs });
    await using payloads = await listen(schema);
    const write = async (number: number, task: string) => {
      const ofEvents = () => payloads.seen.filter((payload) => /^[ep] /.test(payload)).length;
      const before = ofEvents();
      await a.log.append({ ...createRunScript(runIdOf(number)).begin({ task }), claim: true });
      await until(() => ofEvents() > before, 'the notification');
    };
    await a.ownership.renew();
    await write(1, 'nobody reads this');
    expect(payloads.have('nobody reads this')).toBe(false);
    {
      await using b = await openPostgresNode({ url: given.url, schema, nodeId: 'b', leaseMs });
      const got: GlobalEntry[] = [];
      b.log.watchAll((entries) => got.push(...entries));
      await b.ownership.renew();
      await a.ownership.renew();
      await write(2, 'the other one reads this');
      await until(() => got.length >= 4, 'the events at the other node');
      expect(payloads.have('the other one reads this')).toBe(true);
    }
    await wait(systemClock, leaseMs + 50);
    await a.ownership.renew();
    await write(3, 'nobody reads this again');
    expect(payloads.have('nobody reads this again')).toBe(false);
  });

  /** The notifications of all nodes on a schema. */
  async function listen(schema: string) {
    const client = new pg.Client(given.url);
    await client.connect();
    const { rows } = await client.query<{ cluster_id: string }>(`SELECT cluster_id FROM ${schema}.meta`);
    await client.query(`LISTEN ${channelName(`${schema}/${rows[0]?.cluster_id}`)}`);
    const seen: string[] = [];
    client.on('notification', ({ payload = '' }) => seen.push(payload));
    return {
      seen,
      have: (text: string) => seen.some((payload) => payload.includes(text)),
      [Symbol.asyncDispose]: () => client.end(),
    };
  }
});
