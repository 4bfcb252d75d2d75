import { setTimeout as pause } from 'node:timers/promises';
import type { RunEvent } from '@stagewire/shared';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, type ConnectionState, type ConnectOptions } from '../../client/index.ts';
import { startContractServer, type ContractServer } from '../support/contract-server.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { startUpgradeProxy, type UpgradeFate } from '../support/upgrade-proxy.ts';

const backoff = { minDelayMs: 1, firstDelayMs: 10, maxDelayMs: 30 };
const runId = 'run_client-transport';

function clientOf(url: string, options: Partial<ConnectOptions> = {}) {
  const stagewire = connect({ url, backoff, random: createSeededChance(1).next, ...options });
  onTestFinished(() => stagewire.close());
  const states: ConnectionState[] = [];
  stagewire.onConnection((state) => states.push(state));
  return { stagewire, states };
}

async function serverBehind(fate: UpgradeFate) {
  const server = await startContractServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const proxy = await startUpgradeProxy({ targetPort: server.port, fate });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return { server, proxy };
}

/** Reads a run to its end; every event must come once. */
function reader(stagewire: ReturnType<typeof connect>, id = runId) {
  const events: RunEvent[] = [];
  const ended = (async () => {
    for await (const event of stagewire.run(id).events()) events.push(event);
  })();
  ended.catch(() => {});
  const text = () => events.map((it) => (it.type === 'stage.delta' ? it.text : '')).join('');
  return { events, ended, text };
}

function expectEverySeqOnce(events: readonly RunEvent[], server: ContractServer, id = runId): void {
  let last = 0;
  for (const event of events) {
    expect(event.firstSeq ?? event.seq).toBe(last + 1);
    last = event.seq;
  }
  expect(last).toBe(server.run(id).script.seq);
}

describe('a client whose WebSockets do not get through follows over HTTP', () => {
  test.concurrent.each([426, 400, 403, 502, 'reset', 'hang', 'silent'] as const)(
    'answer: %s',
    async (fate) => {
      await using server = await startContractServer();
      await using proxy = await startUpgradeProxy({ targetPort: server.port, fate });
      server.run(runId).say('one ');
      await using stagewire = connect({ url: proxy.url, backoff });
      const states: ConnectionState[] = [];
      stagewire.onConnection((state) => states.push(state));
      expect(stagewire.connection.transport).toBe('ws');
      const run = reader(stagewire);
      await until(() => run.text() === 'one ', 'the first text', { timeoutMs: 12_000 });
      expect(stagewire.connection).toMatchObject({ status: 'open', transport: 'sse' });
      expect(stagewire.connection.error).toBeUndefined();
      server.run(runId).say('two');
      server.run(runId).complete();
      await run.ended;
      expect(run.text()).toBe('one two');
      expectEverySeqOnce(run.events, server);
      expect(states.flatMap(({ error }) => error?.code ?? [])).toEqual([]);
      expect(states.map(({ transport }) => transport)).toContain('sse');
    },
  );

  // Broken once: with the whole backoff before the second WebSocket, too, this was red.
  test('almost at once if a call was answered before', async () => {
    const { server, proxy } = await serverBehind(426);
    const { stagewire } = clientOf(proxy.url, { backoff: { minDelayMs: 60_000, maxDelayMs: 60_000 } });
    server.run(runId).say('one ');
    await stagewire.info();
    const run = reader(stagewire);
    await until(() => run.text() === 'one ', 'the first text', { timeoutMs: 12_000 });
    expect(stagewire.connection.transport).toBe('sse');
    expect(proxy.upgrades).toBeGreaterThanOrEqual(2);
  });

  test('a proxy that goes silent later is recognized too', async () => {
    const { server, proxy } = await serverBehind({ mutedAfterBytes: 4000 });
    const { stagewire } = clientOf(proxy.url, { pingIntervalMs: 30, pongTimeoutMs: 60 });
    server.run(runId);
    const run = reader(stagewire);
    for (let at = 0; at < 100; at += 1) server.run(runId).say(`word ${at} of a text that is long enough. `);
    server.run(runId).complete();
    await run.ended;
    expectEverySeqOnce(run.events, server);
    expect(stagewire.connection.transport).toBe('sse');
  });

  test('a client for WebSockets only says so, and one for event streams only opens no socket', async () => {
    const { server, proxy } = await serverBehind(426);
    server.run(runId).say('one');
    const { stagewire } = clientOf(proxy.url, { transport: 'ws' });
    const run = reader(stagewire);
    await expect.poll(() => stagewire.connection.error).toMatchObject({ code: 'NO_WEBSOCKET' });
    expect(run.events).toEqual([]);
    const before = proxy.upgrades;
    const { stagewire: other } = clientOf(proxy.url, { transport: 'sse' });
    expect(other.connection).toMatchObject({ status: 'idle', transport: 'sse' });
    const streamed = reader(other);
    await until(() => streamed.text() === 'one', 'the text');
    await stagewire.close();
    expect(proxy.upgrades - before).toBeLessThan(50);
    expect(other.connection).toMatchObject({ status: 'open', transport: 'sse' });
    await other.close();
    expect(other.connection.status).toBe('closed');
    await expect.poll(() => server.sockets).toBe(0);
  });
});

describe('the change of transport', () => {
  test('a WebSocket is used as soon as it works, and nothing is lost or repeated', async () => {
    const { server, proxy } = await serverBehind(502);
    const { stagewire, states } = clientOf(proxy.url, { webSocketRetryMs: 100 });
    server.run(runId).say('one ');
    const run = reader(stagewire);
    await expect.poll(() => run.text()).toBe('one ');
    await expect.poll(() => proxy.upgrades).toBeGreaterThan(3);
    proxy.fate = 'pass';
    await expect.poll(() => stagewire.connection).toMatchObject({ status: 'open', transport: 'ws' });
    server.run(runId).say('two ');
    await expect.poll(() => run.text()).toBe('one two ');
    expect(server.sockets).toBe(1);
    server.run(runId).complete();
    await run.ended;
    expectEverySeqOnce(run.events, server);
    expect(states.map(({ status }) => status)).not.toContain('refused');
  });

  test.each([1, 2])('back and forth while much is written (seed %i)', async (seed) => {
    const { next: random } = createSeededChance(seed);
    const { server, proxy } = await serverBehind('reset');
    const { stagewire, states } = clientOf(proxy.url, { webSocketRetryMs: 20 });
    server.run(runId);
    const run = reader(stagewire);
    const changes = () => states.filter((it, at) => it.transport !== states[at - 1]?.transport).length;
    // On a busy machine fewer attempts to change fit between two faults.
    for (let turn = 0; turn < 120 || (changes() <= 2 && turn < 2000); turn += 1) {
      server.run(runId).say(`${turn} `, 'x ');
      // Real turns of the network, so that the transport changes between events and in the middle of them.
      await pause(5);
      if (random() < 0.1) proxy.fate = 'pass';
      if (random() < 0.1) {
        proxy.fate = random() < 0.5 ? 502 : 'reset';
        proxy.cut();
      }
      if (random() < 0.03) server.dropSockets();
    }
    server.run(runId).complete();
    await run.ended;
    expectEverySeqOnce(run.events, server);
    // Each subscription resumes: none is replayed from the beginning.
    expect(server.resumes.slice(1).filter((cursor) => cursor === undefined).length).toBeLessThan(2);
    expect(changes()).toBeGreaterThan(2);
  });
});

describe('event streams', () => {
  test('are at most three at a time, and every subscription gets its turn', async () => {
    await using server = await startContractServer();
    const ids = Array.from({ length: 10 }, (_, at) => `run_client-turn-${at}`);
    const { stagewire } = clientOf(server.url, { transport: 'sse', streamTurnMs: 60 });
    const runs = ids.map((id) => {
      server.run(id);
      return reader(stagewire, id);
    });
    let most = 0;
    for (let round = 0; round < 3; round += 1) {
      for (const id of ids) server.run(id).say(`${round} `);
      await until(
        () => {
          most = Math.max(most, server.followers);
          return runs.every((run) => run.text().endsWith(`${round} `));
        },
        () => `every run to be served: ${runs.map((run) => run.text()).join('|')}`,
        { intervalMs: 2 },
      );
    }
    expect(most).toBe(3);
    expect(stagewire.connection).toMatchObject({ status: 'open', transport: 'sse' });
    for (const id of ids) server.run(id).complete();
    await Promise.all(runs.map(({ ended }) => ended));
    ids.forEach((id, at) => expectEverySeqOnce(runs[at]?.events ?? [], server, id));
  });

  test('that a proxy holds back are reported in a sentence, and followed when they come', async () => {
    const { server, proxy } = await serverBehind(426);
    proxy.buffers = true;
    server.run(runId).say('one');
    const { stagewire } = clientOf(proxy.url, { openTimeoutMs: 300 });
    const run = reader(stagewire);
    await expect
      .poll(() => stagewire.connection.error, { timeout: 8000 })
      .toMatchObject({
        code: 'NO_EVENTS',
        message: expect.stringMatching(/no live updates get through.*WebSocket.*proxy_buffering off/s),
      });
    expect(stagewire.connection.status).toBe('lost');
    proxy.buffers = false;
    await until(() => run.text() === 'one', 'the text', { timeoutMs: 8000 });
    expect(stagewire.connection.error).toBeUndefined();
  });

  test('that become silent are noticed and resumed', async () => {
    await using server = await startContractServer();
    await using proxy = await startTcpProxy({ targetPort: server.port });
    const { stagewire } = clientOf(`http://127.0.0.1:${proxy.port}`, {
      transport: 'sse',
      openTimeoutMs: 300,
    });
    server.run(runId);
    const run = reader(stagewire);
    await expect.poll(() => run.events.length).toBeGreaterThan(0);
    const heard = Date.now();
    proxy.blackHole();
    server.run(runId).say('into the void');
    await expect.poll(() => stagewire.connection.status, { interval: 5 }).toBe('lost');
    // As old as what was last heard, not as the discovery.
    expect(stagewire.connection.since - heard, 'timing: until the loss is seen').toBeLessThan(100);
    proxy.heal();
    server.run(runId).complete();
    await run.ended;
    expect(run.text()).toBe('into the void');
    expectEverySeqOnce(run.events, server);
  });

  test('wait a random time between attempts, never 0', async () => {
    await using server = await startContractServer();
    const waits: number[] = [];
    const clock = {
      now: () => Date.now(),
      after(delayMs: number, task: () => void) {
        waits.push(delayMs);
        const timer = setTimeout(task, delayMs);
        return () => clearTimeout(timer);
      },
    };
    const { stagewire } = clientOf(server.url, {
      transport: 'sse',
      clock,
      backoff: { minDelayMs: 3, firstDelayMs: 9 },
    });
    server.run(runId);
    const run = reader(stagewire);
    for (const streams of [1, 2, 3, 4]) {
      await expect.poll(() => server.resumes.length).toBe(streams);
      await expect.poll(() => server.followers).toBe(1);
      server.dropSockets();
    }
    server.run(runId).complete();
    await run.ended;
    const drawn = waits.filter((ms) => ms > 0 && ms < 100);
    expect(drawn.length).toBeGreaterThanOrEqual(4);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(3);
    expect(new Set(drawn).size).toBe(drawn.length);
  });
});
