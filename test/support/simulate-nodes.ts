import { createMemoryLog } from '../../server/log/memory.ts';
import { createFakeClock } from './fake-clock.ts';
import { createMemoryCluster } from './memory-cluster.ts';
import { checkRun } from './check-run.ts';
import { checkCopiesOf } from './copy-laws.ts';
import { createSeededChance } from './seeded-random-ids.ts';
import { createSimAsker } from './sim-asker.ts';
import { connectSimClient, type SimClient } from './sim-client.ts';
import { createSimFeed } from './sim-feed.ts';
import { createSimFollower, type SimFollower } from './sim-follower.ts';
import { createSimLink, type SimLink } from './sim-link.ts';
import { startSimNode, type SimNode } from './sim-node.ts';
import { createSimMoves, endsWithin, stopSimNode } from './sim-moves.ts';
import { drawFaults, drawNodeStep, drawSkewMs, type NodeStep } from './sim-node-step.ts';
import { watchSimNodeLaws } from './sim-node-laws.ts';
import { simPrices } from './sim-prices.ts';
import { createSimRecord } from './sim-record.ts';
import { createSimTruth } from './sim-truth.ts';
import { firstStep } from './sim-step.ts';
import type { NodesSimulation } from './nodes-simulation.ts';

const [maxRuns, maxFollowers] = [7, 9];
const [leaseMs, patienceMs] = [3000, 2000];
/** A notification that was lost is found by the renewal of the lease; a reading waits for the patience at most. */
const lagMs = leaseMs + patienceMs;
/** A node measures the log's clock over its link: it is wrong by the time of an answer at most, and ahead by half of that. */
const [mostApartMs, mostAheadMs] = [250, 100];
/** A machine whose clock is wrong by more executes no runs. */
const mostSkewMs = 30_000;

/**
 * Two or three servers over one log, in one seed: nodes that crash, freeze and wake, clocks that are wrong, links that
 * break, notifications that are late, doubled or lost, and answers that are lost behind a commit. Commands and followers
 * come to any node. Leases and the instants of events go by the log's clock.
 */
export async function simulateNodes(
  seed: number,
  options: { readonly trace?: boolean } = {},
): Promise<NodesSimulation> {
  const random = createSeededChance(seed);
  const clock = createFakeClock();
  const { steps, broken, trace, note, onBroken } = createSimRecord({ clock, trace: options.trace });
  const truth = createSimTruth(createMemoryLog({ clock }), onBroken, clock);
  const cluster = createMemoryCluster({
    clock,
    truth: truth.log,
    leaseMs,
    onFenced: () => (fenced += 1),
    onClaimed: (runId, nodeId) => moves.add(runId, nodeId),
  });
  const counts = { events: 0, takeOvers: 0, handedOver: 0 };
  let fenced = 0;
  const moves = createSimMoves(onBroken);
  truth.log.watchAll((entries) => {
    note(`log ${JSON.stringify(entries)}`);
    for (const { event } of entries) {
      if (event.type === 'run.recovered' && event.reason === 'takeover') counts.takeOvers += 1;
    }
  });

  let lives = 0;
  // In half of the seeds a node that is deployed comes back with a newer version.
  const isUpgrade = random.next() < 0.5;
  let deploys = 0;
  const nodes: SimNode[] = [];
  const links = Array.from({ length: 2 + Math.floor(random.next() * 2) }, () => createSimLink(clock, random));
  // In half of the seeds the network is bad from the first run on.
  if (random.next() < 0.5) for (const { faults } of links) Object.assign(faults, drawFaults(random));
  const maxRunningRuns = 1 + Math.floor(random.next() * 3);
  const skewsMs = links.map(() => drawSkewMs(random));
  // In one seed of four a machine executes nothing, but never the last.
  if (random.next() < 0.25) skewsMs[0] = random.next() < 0.5 ? 1.5 * mostSkewMs : -1.5 * mostSkewMs;
  const isUnfit = (nodeId: string | undefined) =>
    Math.abs(skewsMs[Number(nodeId?.split('-')[1] ?? -1)] ?? 0) > mostSkewMs;
  const laws = watchSimNodeLaws({ clock, truth, cluster, maxRunningRuns, mostAheadMs, isUnfit, onBroken });
  const boot = (index: number) => {
    const link = links[index];
    if (link === undefined) return;
    const nodeId = `node-${index}-${(lives += 1)}`;
    nodes[index] = startSimNode({
      nodeId,
      version: `1.${isUpgrade ? deploys : 0}.0`,
      cluster,
      link,
      clock,
      skewMs: skewsMs[index] ?? 0,
      random,
      maxRunningRuns,
      patienceMs,
      prices: simPrices(seed, lives),
      onDefect(defect) {
        const isExpected = isUnfit(nodeId) && defect.startsWith('the clock of this machine is too far off');
        if (!isExpected) onBroken(`node ${index} met a defect of its own: ${defect}`);
      },
    });
  };
  links.forEach((_, index) => boot(index));

  /** When a link was last cut and came back: what was missed meanwhile comes with a renewal of the lease. */
  const restoredAtMs = new Map<SimLink, number>();
  const clients: { readonly client: SimClient; readonly node: SimNode }[] = [];
  const followers: SimFollower[] = [];
  const feed = createSimFeed({ truth, onBroken, mayBeRefused: true });
  let connections = 0;

  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random.next() * from.length)];

  function connect(): SimClient | undefined {
    const node = pick(nodes.filter(({ isListening }) => isListening));
    if (node === undefined) return undefined;
    const name = `connection ${(connections += 1)}`;
    const client = connectSimClient({
      name,
      server: node,
      onBroken,
      onMessage(text) {
        counts.events += 1;
        note(`${name} at ${node.nodeId} reads ${text}`);
      },
    });
    if (client !== undefined) clients.push({ client, node });
    return client;
  }

  function anyClient(): SimClient | undefined {
    const open = clients.filter(({ client, node }) => client.socket.isOpen && !node.isFrozen);
    return random.next() < 0.5 ? (pick(open)?.client ?? connect()) : connect();
  }

  const principal = createSimAsker({
    truth,
    anyClient,
    onBroken,
    passingToo: ['EXECUTOR_UNREACHABLE', 'LOG_UNAVAILABLE'],
  });

  function resumeAll(): void {
    for (const follower of [...followers, feed]) {
      if (!follower.isLost) continue;
      const client = anyClient();
      if (client !== undefined) follower.follow(client);
    }
  }

  /** Nothing was heard of the node meanwhile. */
  function thaw(node: SimNode | undefined): void {
    const own = clients.filter((one) => one.node === node).map(({ client }) => client);
    for (const follower of followers) {
      if (follower.client !== undefined && own.includes(follower.client)) follower.readsAgain();
    }
    if (node !== undefined) restoredAtMs.set(node.link, clock.now());
    node?.thaw();
  }

  const stop = (node: SimNode) => stopSimNode(node, { clock, graceMs: 250 + patienceMs, onBroken });

  async function deploy(node: SimNode, timeoutMs: number): Promise<void> {
    // Faults that have happened before may move runs as well.
    const isCalm = nodes.every((one) => isQuiet(one) && !one.isFrozen && one.link.faults.isUp);
    const isReliable = links.every(({ faults }) => faults.lostAnswers === 0);
    const watched = moves.watch(
      truth.runIds.filter((id) => truth.isLive(id) && cluster.ownerOf(id) === node.nodeId),
    );
    node.drain();
    await endsWithin(clock, timeoutMs + 1000, node.passOn(timeoutMs));
    await stop(node);
    deploys += 1;
    counts.handedOver += watched.check(node.nodeId, { mayMoveAgain: !isCalm || !isReliable });
  }

  async function holdStore(ms: number): Promise<void> {
    for (const { faults } of links) faults.isHeld = true;
    await clock.advance(ms);
    for (const { faults } of links) faults.isHeld = false;
    for (const link of links) restoredAtMs.set(link, clock.now());
    for (const follower of followers) follower.readsAgain();
  }

  async function take(step: NodeStep): Promise<void> {
    const runId = pick(truth.runIds);
    const node = pick(nodes.filter(({ process }) => process.isAlive));
    switch (step.do) {
      case 'advance':
        return clock.advance(step.ms);
      case 'start':
        if (principal.starts >= maxRuns) return;
        return principal.ask('runs.start', { ...step.input, runId: random.runId(clock.now()) });
      case 'start from':
        if (principal.starts >= maxRuns) return;
        return principal.askFrom(step, { runId: random.runId(clock.now()), pick });
      case 'follow': {
        if (runId === undefined || followers.length >= maxFollowers) return;
        const name = `follower ${followers.length + 1}`;
        const withReasoning = step.reasoning;
        followers.push(createSimFollower({ name, runId, withReasoning, truth, clock, onBroken, lagMs }));
        return resumeAll();
      }
      case 'command':
        if (runId !== undefined) principal.ask(step.path, { ...step.input, runId, commandId: random.uuid() });
        return;
      case 'send again':
        return principal.askAgain(random.next());
      case 'disconnect':
        return pick(clients)?.client.socket.cut();
      case 'resume':
        return resumeAll();
      case 'crash':
        return node?.kill();
      case 'crash in append':
        node?.process.killInAppend(step.nth);
        return;
      case 'restart':
        if (node === undefined || node.isFrozen) return;
        node.drain();
        await clock.advance(step.ms);
        return stop(node);
      case 'deploy':
        if (node === undefined || node.isFrozen) return;
        return deploy(node, step.ms);
      case 'hold store':
        return holdStore(step.ms);
      case 'freeze':
        return node?.freeze();
      case 'thaw':
        return thaw(pick(nodes.filter(({ isFrozen }) => isFrozen)));
      case 'cut link': {
        const link = pick(links);
        if (link === undefined) return;
        link.faults.isUp = false;
        await clock.advance(step.ms);
        link.faults.isUp = true;
        restoredAtMs.set(link, clock.now());
        return;
      }
      case 'bad link': {
        const link = pick(links);
        if (link !== undefined) Object.assign(link.faults, step.faults);
        return;
      }
      case 'delete': {
        const ended = truth.runIds.filter((id) => !truth.isLive(id));
        const behind = ended.filter((id) => followers.some((one) => one.runId === id && !one.isDone));
        const deleted = random.next() < 0.8 ? (pick(behind) ?? pick(ended)) : runId;
        if (deleted !== undefined) principal.ask('runs.delete', { runId: deleted });
        return;
      }
      default:
        step satisfies never;
    }
  }

  function isQuiet({ link }: SimNode): boolean {
    return clock.now() - (restoredAtMs.get(link) ?? 0) > lagMs;
  }

  async function rest(): Promise<void> {
    await clock.advance(10);
    nodes.forEach((node, index) => {
      if (node.process.isAlive) return;
      node.kill();
      boot(index);
    });
    await clock.advance(10);
    for (const follower of followers) {
      const node = clients.find(({ client }) => client === follower.client)?.node;
      if (node === undefined || node.isFrozen) continue;
      if (isQuiet(node)) follower.check();
    }
    for (const node of nodes) {
      if (!node.isListening || !isQuiet(node)) continue;
      const apartMs = Math.abs(node.now() - clock.now());
      if (apartMs > mostApartMs) onBroken(`${node.nodeId} is ${apartMs} ms apart from the log's clock`);
    }
  }

  const count = 10 + Math.floor(random.next() * 50);
  await rest();
  for (let index = 0; index < count && broken.length === 0; index += 1) {
    const step = index === 0 ? (firstStep as NodeStep) : drawNodeStep(random);
    steps.push(JSON.stringify(step));
    note(`step ${JSON.stringify(step)}`);
    await take(step);
    await rest();
  }
  if (broken.length === 0) await settle();
  const more = { ...truth.totals, followers: followers.length, fenced };
  return { steps, broken, trace, counts: { ...counts, ...more } };

  /** All faults end; every run ends within its time, and every follower sees its end. */
  async function settle(): Promise<void> {
    steps.push('settle');
    for (const { faults } of links)
      Object.assign(faults, { isUp: true, isHeld: false, lostAnswers: 0, lostNotifications: 0 });
    for (const node of nodes) if (node.isFrozen) thaw(node);
    await clock.advance(2 * leaseMs);
    for (let round = 0; round < 60; round += 1) {
      await rest();
      resumeAll();
      for (const runId of truth.runIds) if (truth.isLive(runId)) laws.checkOwner(runId, nodes, settleStepMs);
      if (truth.runIds.every((id) => !truth.isLive(id)) && followers.every(({ isDone }) => isDone)) break;
      await clock.advance(settleStepMs);
      if (broken.length > 0) return;
    }
    await clock.advance(lagMs);
    for (const runId of truth.runIds) {
      if (truth.isLive(runId)) onBroken(`${runId} never ended`);
      try {
        checkCopiesOf(runId, truth);
        checkRun(truth.entries(runId), { outcomeWithinMs: 3 * (leaseMs + patienceMs) });
      } catch (error) {
        onBroken(`${runId}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    for (const follower of followers) if (!follower.isDone) onBroken(`${follower.name} never saw the end`);
    feed.checkEnd();
    for (const node of nodes) await stop(node);
  }
}

const settleStepMs = 5000;
