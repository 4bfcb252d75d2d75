import { setTimeout as pause } from 'node:timers/promises';
import { isTerminal, type RunEvent } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { connect, StagewireError, type FeedEvent, type Stagewire } from '../../client/index.ts';
import { startContractServer } from '../support/contract-server.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { until } from '../support/until.ts';

const quick = { minDelayMs: 1, firstDelayMs: 10, maxDelayMs: 30 };
const runId = 'run_client-follow';

function clientOver(transport: 'ws' | 'sse', url: string): Stagewire {
  return connect({ url, transport, backoff: quick, random: createSeededChance(1).next });
}

const textOf = (events: readonly RunEvent[], type = 'stage.delta') =>
  events.flatMap((event) => (event.type === type && 'text' in event ? [event.text] : [])).join('');

function expectEverySeqOnce(events: readonly RunEvent[], until: number): void {
  let last = 0;
  for (const event of events) {
    expect(event.firstSeq ?? event.seq).toBe(last + 1);
    last = event.seq;
  }
  expect(last).toBe(until);
}

describe.each(['ws', 'sse'] as const)('over %s a run’s events', (transport) => {
  const client = (url: string) => clientOver(transport, url);

  test.each([1, 2, 3])('come once each over sockets lost at random instants (seed %i)', async (seed) => {
    const { next: random } = createSeededChance(seed);
    const pick = (below: number) => Math.floor(random() * below);
    await using server = await startContractServer({ mergeUpTo: () => 1 + pick(6), rewind: () => pick(9) });
    await using stagewire = client(server.url);
    const run = server.run(runId);
    const read: RunEvent[] = [];
    const reading = (async () => {
      for await (const event of stagewire.run(runId).events()) {
        read.push(event);
        if (random() < 0.02) server.dropSockets();
      }
    })();
    for (let turn = 0; turn < 150; turn += 1) {
      run.say(...Array.from({ length: 1 + pick(4) }, (_, at) => `${turn}.${at} `));
      if (random() < 0.3) run.think(`hm ${turn} `);
      // Real turns of the network, so that sockets are lost between messages and in the middle of them.
      await pause(pick(4));
      if (random() < 0.1) server.dropSockets();
    }
    run.complete();
    await reading;

    expectEverySeqOnce(read, run.script.seq);
    expect(textOf(read)).toBe(textOf(run.events));
    expect(textOf(read, 'stage.reasoning')).toBe(textOf(run.events, 'stage.reasoning'));
    // The proof that the sockets were lost and that overlaps came.
    expect(server.resumes.length).toBeGreaterThan(5);
    expect(server.resumes.slice(1).every((cursor) => cursor !== undefined)).toBe(true);
  });

  test('end with the terminal event, and the state is the fold of them', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    const run = stagewire.run(runId);
    const served = server.run(runId);
    served.say('one ', 'two');
    served.complete();
    const types: string[] = [];
    for await (const event of run.events()) types.push(event.type);
    expect(types.at(0)).toBe('run.queued');
    expect(types.at(-1)).toBe('run.completed');
    expect(run.state).toEqual(await run.snapshot());
    expect((await run.result()).stages[0]?.attempts[0]?.text).toBe('one two');
  });

  test('of two readers, the state and the result share one subscription', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    const served = server.run(runId);
    const run = stagewire.run(runId);
    const first = Array.fromAsync(run.events());
    const result = run.result();
    served.say('early ');
    await until(() => run.state?.stages[0]?.attempts[0]?.text === 'early ', 'the first word');
    const late = Array.fromAsync(run.events());
    served.say('late');
    served.complete();
    expect(textOf(await first)).toBe('early late');
    expect(textOf(await late)).toBe('early late');
    expectEverySeqOnce(await late, served.script.seq);
    expect((await result).status).toBe('completed');
    expect(server.resumes).toEqual([undefined]);
    // And once it is over, it is told from memory.
    expect(await Array.fromAsync(run.events())).toHaveLength((await late).length - 1);
    expect(server.resumes).toHaveLength(1);
  });

  test('are asked for only while somebody wants them, and then go on where they stopped', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    const served = server.run(runId);
    const run = stagewire.run(runId);
    for await (const event of run.events()) if (event.type === 'stage.started') break;
    await expect.poll(() => server.followers).toBe(0);
    const cursor = run.state?.cursor;
    served.say('unseen');
    served.complete();
    expect((await run.result()).stages[0]?.attempts[0]?.text).toBe('unseen');
    expect(server.resumes).toEqual([undefined, cursor]);
    expectEverySeqOnce(await Array.fromAsync(run.events()), served.script.seq);
  });

  test('go on from a cursor kept elsewhere', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    const served = server.run(runId);
    served.say('one ', 'two ');
    const events = stagewire.run(runId).events();
    const read: RunEvent[] = [];
    for await (const event of events) {
      read.push(event);
      if (event.type === 'stage.delta') break;
    }
    let { cursor } = events;
    served.say('three');
    served.complete();
    const rest = await Array.fromAsync(stagewire.run(runId).events({ from: cursor }));
    expectEverySeqOnce([...read, ...rest], served.script.seq);
    expect(textOf([...read, ...rest])).toBe('one two three');
    expect(server.resumes.at(-1)).toBe(cursor);
    const events2 = stagewire.run(runId).events({ from: cursor });
    for await (const event of events2) if (isTerminal(event)) cursor = events2.cursor;
    expect(await Array.fromAsync(stagewire.run(runId).events({ from: cursor }))).toEqual([]);
  });

  test('of an unknown run or behind a bad cursor are refused in the server’s words', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    server.run(runId);
    const unknown = stagewire.run('run_nobody-knows');
    await expect(unknown.events().next()).rejects.toMatchObject({
      name: 'StagewireError',
      code: 'RUN_NOT_FOUND',
    });
    await expect(unknown.result()).rejects.toBeInstanceOf(StagewireError);
    await expect(stagewire.run(runId).events({ from: 'garbage' }).next()).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
      retryable: false,
    });
  });

  test('are asked for again after a refusal that passes', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    server.run(runId).complete();
    server.refuseNext('runs.events', new StagewireError('OVERLOADED', 'no room'));
    expect((await stagewire.run(runId).result()).status).toBe('completed');
  });

  test('bring along what only fills a gap, and skip what a later version may say', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    const served = server.run(runId);
    const run = stagewire.run(runId);
    const types: string[] = [];
    for await (const event of run.events()) {
      types.push(event.type);
      if (event.type === 'stage.started') {
        server.fillGap(runId, { type: 'run.waiting', phase: 'log', elapsedMs: 5 });
      }
      if (event.type === 'run.waiting') {
        served.add({ type: 'run.sang' } as never);
        served.complete();
      }
    }
    expect(types.slice(3)).toEqual(['stage.started', 'run.waiting', 'stage.completed', 'run.completed']);
    expect(run.state?.seq).toBe(served.script.seq);
  });

  test('stop when their signal aborts, with its reason', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    server.run(runId);
    const controller = new AbortController();
    const run = stagewire.run(runId);
    const reading = Array.fromAsync(run.events({ signal: controller.signal }));
    const result = run.result({ signal: controller.signal });
    await until(() => run.state !== undefined, 'the first state');
    controller.abort(new Error('seen enough'));
    await expect(reading).rejects.toThrow('seen enough');
    await expect(result).rejects.toThrow('seen enough');
  });
});

describe.each(['ws', 'sse'] as const)('over %s the feed', (transport) => {
  const client = (url: string) => clientOver(transport, url);

  test('says where it begins, and goes on over lost sockets without saying anything twice', async () => {
    await using server = await startContractServer({ rewind: () => 3 });
    await using stagewire = client(server.url);
    const before = server.run('run_before-the-feed');
    const read: FeedEvent[] = [];
    const controller = new AbortController();
    const feed = stagewire.feed({ text: true, signal: controller.signal });
    const reading = (async () => {
      for await (const event of feed) read.push(event);
    })();
    await until(() => read.length === 1, 'the feed to be opened');
    expect(read[0]).toMatchObject({ type: 'feed.opened', cursor: feed.cursor });
    const run = server.run(runId);
    await until(() => read.length > 3, 'the run to begin');
    server.dropSockets();
    await until(() => server.resumes.length === 2, 'the client to come back');
    before.say('a', 'b');
    run.say('c');
    await until(() => textOf(read as RunEvent[]) === 'abc', 'all of the text');
    const seqs = read.flatMap((event) =>
      event.type !== 'feed.opened' && event.runId === runId ? [event.seq] : [],
    );
    expect(seqs).toEqual([1, 2, 3, 4, 5]);
    controller.abort();
    await expect(reading).rejects.toThrow('aborted');
  });
});
