import { createOffsetClock } from '../../server/cluster/offset-clock.ts';
import { createPatientLog } from '../../server/log/patient-log.ts';
import type { RandomSource } from '../../server/runtime/random.ts';
import type { Clock } from '../../server/runtime/clock.ts';
import type { MemoryCluster } from './memory-cluster.ts';
import { createMortalProcess } from './mortal-process.ts';
import { createSimFreezer } from './sim-freezer.ts';
import type { SimLink } from './sim-link.ts';
import type { Provider } from '../../server/providers/provider.ts';
import type { PriceList } from '../../server/providers/price-list.ts';
import { startSimServer, type SimServer } from './sim-server.ts';

/** One server among several over one log, as a process that can be frozen and killed. */
export interface SimNode extends SimServer {
  readonly nodeId: string;
  readonly link: SimLink;
  /** What the node takes for the log's time. */
  now(): number;
  readonly isFrozen: boolean;
  freeze(): void;
  thaw(): void;
}

export interface SimNodeOptions {
  readonly nodeId: string;
  /** Of its program. @default '1.0.0' */
  readonly version?: string;
  readonly cluster: MemoryCluster;
  readonly link: SimLink;
  readonly clock: Clock;
  /** How far the clock of its machine is ahead of `clock`, in whole milliseconds. @default 0 */
  readonly skewMs?: number;
  readonly random: RandomSource;
  readonly maxRunningRuns: number;
  /** How long the log is tried again before it counts as unavailable, in milliseconds. */
  readonly patienceMs: number;
  /** @default a random model */
  readonly provider?: Provider | undefined;
  /** @default no prices */
  readonly prices?: PriceList | undefined;
  onDefect(defect: string): void;
}

export function startSimNode(options: SimNodeOptions): SimNode {
  const { nodeId, cluster, link, random, patienceMs, clock: world, skewMs = 0 } = options;
  const freezer = createSimFreezer({
    ...world,
    now: () => world.now() + skewMs,
    wall: () => world.wall() + skewMs,
  });
  const enter = (task: () => void) => freezer.enter(() => process.isAlive && task());
  const member = cluster.join({ nodeId, link, enter, version: options.version });
  const never = new Promise<never>(() => {});

  /** Asks outside; a dead process asks nothing, and a frozen one hears the answer later. */
  function gate<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (!process.isAlive) return never;
    return new Promise((resolve, reject) => {
      ask().then(
        (answer) => enter(() => resolve(answer)),
        (error: unknown) => enter(() => reject(error instanceof Error ? error : new Error(String(error)))),
      );
    });
  }

  const { log, ownership, commands } = member;
  const process = createMortalProcess({
    clock: freezer.clock,
    log: {
      ...log,
      append: (append) => gate(() => log.append(append)),
      head: (runId) => gate(() => log.head(runId)),
      ownerOf: (runId) => gate(() => log.ownerOf(runId)),
      read: (runId, page) => gate(() => log.read(runId, page)),
      at: (runId, seq) => gate(() => log.at(runId, seq)),
      position: (runId, seq) => gate(() => log.position(runId, seq)),
      readAll: (page) => gate(() => log.readAll(page)),
      lastGlobalPosition: () => gate(() => log.lastGlobalPosition()),
      list: (query) => gate(() => log.list(query)),
      listPage: (query, signal) => gate(() => log.listPage(query, signal)),
      delete: (runId, by) => gate(() => log.delete(runId, by)),
      probe: () => gate(() => log.probe()),
    },
  });
  const clock = createOffsetClock(process.clock);
  const patient = createPatientLog(process.log, {
    clock: process.clock,
    random: () => random.next(),
    patienceMs,
  });
  const server = startSimServer({
    ...options,
    log: patient,
    node: {
      process,
      clock,
      log: patient,
      modelClock: freezer.clock,
      cluster: {
        ownership: {
          ...ownership,
          claim: (wanted) => gate(() => ownership.claim(wanted)),
          claimQueued: (runId) => gate(() => ownership.claimQueued(runId)),
          release: (runIds) => gate(() => ownership.release(runIds)),
          renew: () => gate(() => ownership.renew()),
          hasPeers: () => gate(() => ownership.hasPeers()),
          get queued() {
            return ownership.queued;
          },
        },
        commands: { ...commands, deliver: (command, giver) => gate(() => commands.deliver(command, giver)) },
        heartbeats: member.news,
      },
      logStalledMs: (runId) => patient.stalledMs(runId),
      enter,
      onNotStarted: () => kill(),
    },
  });

  function kill(): void {
    member.leave();
    server.kill();
  }

  return {
    nodeId,
    link,
    process,
    runs: server.runs,
    now: () => clock.now(),
    get isListening() {
      return server.isListening && !freezer.isFrozen;
    },
    get isFrozen() {
      return freezer.isFrozen;
    },
    connect: (reader) => (freezer.isFrozen ? undefined : server.connect(reader)),
    drain: () => server.drain(),
    passOn: (timeoutMs) => server.passOn(timeoutMs),
    async stop() {
      await server.stop();
      member.leave();
    },
    kill,
    freeze: () => freezer.freeze(),
    thaw: () => freezer.thaw(),
  };
}
