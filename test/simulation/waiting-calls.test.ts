import { expect, test } from 'vitest';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createCallLimiter } from '../../server/providers/call-limiter.ts';
import { limitedProvider } from '../../server/providers/limited-provider.ts';
import { ProviderFailure, type Provider } from '../../server/providers/provider.ts';
import { wait } from '../../server/runtime/wait.ts';
import { checkRun } from '../support/check-run.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createMemoryCluster } from '../support/memory-cluster.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { connectSimClient } from '../support/sim-client.ts';
import { createSimLink } from '../support/sim-link.ts';
import { startSimNode } from '../support/sim-node.ts';

// A run whose call waits for the limiter of its provider's key leaves a node that is drained, before any call of it is sent.
// Seen red with: a waiting call that counts as one in flight; a limiter that both nodes share.

const ids = { first: 'run_0mjuohs0k0000000000000001', waiting: 'run_0mjuohs0k0000000000000002' };
/** How long a call takes whose run is to hold the only place of its node. */
const slowCallMs = 20_000;
const retryAfterMs = 60_000;

interface Seen {
  readonly runId: string;
  readonly node: string;
}

/**
 * Two nodes, each with one place for calls. Two runs are started at `a`: the call of the first one is sent, that of the second
 * waits, since the place is taken or since the provider rejects the first. Then `a` is drained.
 */
async function play(seed: number, { rejects }: { readonly rejects: boolean }) {
  const clock = createFakeClock();
  const random = createSeededChance(seed);
  const log = createMemoryLog({ clock });
  const cluster = createMemoryCluster({ clock, truth: log, leaseMs: 3000 });
  const broken: string[] = [];
  const onBroken = (law: string) => void broken.push(law);
  /** The calls that reached the provider. */
  const sent: Seen[] = [];
  let isRejecting = rejects;

  const modelOf = (node: string): Provider => ({
    async *stream({ rehearsal: { runId } }, { signal, onWire }) {
      sent.push({ runId, node });
      if (isRejecting) {
        isRejecting = false;
        throw new ProviderFailure('PROVIDER_UNAVAILABLE', 'too many', {
          retryable: true,
          throttles: true,
          retryAfterMs,
        });
      }
      onWire('headers');
      await wait(clock, runId === ids.first && node === 'a' ? slowCallMs : 200, signal);
      if (signal.aborted) return;
      yield { type: 'text', text: 'one ' };
      await wait(clock, 50, signal);
      if (signal.aborted) return;
      yield { type: 'text', text: 'two' };
      yield { type: 'finish', finishReason: 'stop' };
    },
  });

  const [a, b] = ['a', 'b'].map((nodeId) => {
    const limiter = createCallLimiter({ clock, random, maxCalls: rejects ? 10 : 1 });
    return startSimNode({
      nodeId,
      link: createSimLink(clock, random),
      cluster,
      clock,
      random,
      maxRunningRuns: 4,
      patienceMs: 3000,
      provider: limitedProvider(modelOf(nodeId), limiter),
      onDefect: onBroken,
    });
  });
  if (a === undefined || b === undefined) throw new RangeError('two nodes');
  await clock.advance(100);
  const client = (server: typeof a) =>
    connectSimClient({ name: server.nodeId, server, onBroken, onMessage: () => undefined });
  const [atA, atB] = [client(a), client(b)];

  const phases: string[] = [];
  for (const runId of [ids.first, ids.waiting]) {
    const input = { runId, task: runId, pipeline: { roles: ['architect', 'coder'] } };
    atA?.call('runs.start', input, (answer) => {
      if (answer.status !== 'answered') onBroken(`${runId} was rejected`);
    });
    await clock.advance(100);
  }
  atB?.subscribe(
    'runs.events',
    { runId: ids.waiting },
    {
      onStarted: () => undefined,
      onEvent(_cursor, event) {
        const { type, phase } = event as { readonly type: string; readonly phase?: string };
        if (type === 'stage.waiting' && phase !== undefined) phases.push(phase);
      },
      onStopped: () => undefined,
      onRefused: onBroken,
      onLost: () => onBroken('lost'),
    },
  );
  await clock.advance(3000);

  const before = { owner: cluster.ownerOf(ids.waiting), sent: sent.length };
  const drainedMs = clock.elapsed();
  a.drain();
  const passing = a.passOn(30_000).then(() => clock.elapsed() - drainedMs);
  await clock.advance(2000);
  const soon = {
    owner: cluster.ownerOf(ids.waiting),
    hasEnded: (await eventsOf(ids.waiting)).at(-1)?.type === 'run.completed',
  };
  await clock.advance(30_000);
  const passedAfterMs = await passing;
  const stopped = a.stop();
  await clock.advance(1000);
  await stopped;
  const left = a.process.pendingTimers;
  await clock.advance(retryAfterMs);

  async function eventsOf(runId: string) {
    return (await log.read(runId, { after: 0, limit: 1000 })).map(({ event }) => event);
  }
  const entries = new Map(
    await Promise.all(
      Object.values(ids).map(async (id) => [id, await log.read(id, { after: 0, limit: 1000 })] as const),
    ),
  );
  return { broken, sent, phases, before, soon, passedAfterMs, left, entries };
}

test.each([
  { rejects: false, phase: 'call-queued', why: 'the only place for calls is taken' },
  { rejects: true, phase: 'throttled', why: 'the provider has rejected another call' },
])('a run whose call waits since $why continues on the other node at once', async ({ rejects, phase }) => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const { broken, sent, phases, before, soon, passedAfterMs, left, entries } = await play(seed, {
      rejects,
    });
    expect(broken).toEqual([]);
    // It waited at the first node, and a follower at the other one saw why.
    expect(before).toEqual({ owner: 'a', sent: 1 });
    expect(phases).toContain(phase);
    // It did not wait for the place, or for the end of the pause.
    expect(soon).toEqual({ owner: undefined, hasEnded: true });
    // Nothing is stuck, on the drained node neither.
    expect(passedAfterMs).toBeLessThan(slowCallMs + 1000);
    expect(left).toBe(0);

    for (const [runId, log] of entries) {
      checkRun(log);
      const events = log.map(({ event }) => event);
      expect(events.at(-1)?.type).toBe('run.completed');
      const recovered = events.filter(({ type }) => type === 'run.recovered');
      expect(recovered).toHaveLength(1);
      // Each call that was sent is in the log once, and an attempt that moved had no output.
      const completed = events.filter(({ type }) => type === 'stage.completed').length;
      const failed = events.filter(({ type }) => type === 'stage.failed').length;
      expect(sent.filter((call) => call.runId === runId)).toHaveLength(completed + failed);
      for (const event of events) {
        if (event.type !== 'stage.interrupted') continue;
        expect(event.chars).toBe(0);
        expect(event.usage.outputTokens).toBe(0);
      }
    }
    const nodes = sent.flatMap(({ runId, node }) => (runId === ids.waiting ? [node] : []));
    expect(new Set(nodes)).toEqual(new Set(['b']));
  }
});
