import { expect, test } from 'vitest';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createMemoryCluster } from '../support/memory-cluster.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { connectSimClient, type Answer } from '../support/sim-client.ts';
import { createSimLink } from '../support/sim-link.ts';
import { startSimNode } from '../support/sim-node.ts';

const runId = 'run_0mjuohs0k0000000000000001';

/** Two nodes whose links work: a run is started at the first, and followed and cancelled at the second. */
async function play(seed: number, { lostNotifications = 0 } = {}) {
  const clock = createFakeClock();
  const random = createSeededChance(seed);
  const cluster = createMemoryCluster({ clock, truth: createMemoryLog({ clock }), leaseMs: 3000 });
  const broken: string[] = [];
  const onBroken = (law: string) => void broken.push(law);
  const nodes = ['a', 'b'].map((nodeId) => {
    const link = createSimLink(clock, random);
    link.faults.lostNotifications = lostNotifications;
    const settings = { nodeId, link, cluster, clock, random, maxRunningRuns: 4, patienceMs: 3000 };
    return startSimNode({ ...settings, onDefect: onBroken });
  });
  await clock.advance(100);
  const [a, b] = nodes.map((server) =>
    connectSimClient({ name: server.nodeId, server, onBroken, onMessage: () => undefined }),
  );
  const answers: Answer[] = [];
  const events: { readonly type: string; readonly phase?: string }[] = [];
  a?.call('runs.start', { runId, task: 'wait' }, (answer) => answers.push(answer));
  await clock.advance(50);
  b?.subscribe(
    'runs.events',
    { runId },
    {
      onStarted: () => undefined,
      onEvent: (_cursor, event) => events.push(event as (typeof events)[number]),
      onStopped: () => undefined,
      onRefused: onBroken,
      onLost: () => onBroken('lost'),
    },
  );
  await clock.advance(6000);
  const owner = cluster.ownerOf(runId);
  const hasEnded = events.some(({ type }) => type === 'run.completed' || type === 'run.failed');
  if (!hasEnded) {
    const commandId = random.uuid();
    b?.call('runs.cancel', { runId, commandId, target: 'run' }, (answer) => answers.push(answer));
  }
  await clock.advance(lostNotifications > 0 ? 8000 : 3000);
  return { broken, answers, events, owner, hasEnded };
}

test('a follower at another node hears what the run waits for, and a command reaches it from there', async () => {
  const total = { waiting: 0, cancelled: 0 };
  for (let seed = 1; seed <= 30; seed += 1) {
    const { broken, answers, events, owner, hasEnded } = await play(seed);
    expect(broken).toEqual([]);
    expect(answers.every(({ status }) => status === 'answered')).toBe(true);
    expect(hasEnded ? undefined : owner).toBe(hasEnded ? undefined : 'a');
    const waits = events.filter(({ type }) => type === 'stage.waiting' || type === 'run.waiting');
    expect(waits.filter(({ phase }) => phase === 'executor')).toEqual([]);
    total.waiting += waits.length;
    if (!hasEnded) {
      expect(events.at(-1)?.type).toBe('run.cancelled');
      total.cancelled += 1;
    }
  }
  // A model of the simulation pauses now and then for three seconds.
  expect(total.waiting).toBeGreaterThan(5);
  expect(total.cancelled).toBeGreaterThan(5);
});

test('where every notification is lost, a command still reaches it from another node, and its end the follower', async () => {
  let cancelled = 0;
  for (let seed = 1; seed <= 30; seed += 1) {
    const { broken, answers, events, hasEnded } = await play(seed, { lostNotifications: 1 });
    expect(broken).toEqual([]);
    expect(answers).toHaveLength(hasEnded ? 1 : 2);
    // The follower may be a second late: the run may have ended by itself when it is cancelled.
    const refused = answers.flatMap((answer) => (answer.status === 'refused' ? [answer.code] : []));
    expect(refused).toEqual(refused.map(() => 'RUN_ENDED'));
    if (events.at(-1)?.type !== 'run.cancelled') continue;
    cancelled += 1;
  }
  expect(cancelled).toBeGreaterThan(5);
});
