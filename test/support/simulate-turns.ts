import { isTerminal } from '@stagewire/shared';
import { localPrincipal } from '../../server/identity/principal.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import type { Provider } from '../../server/providers/provider.ts';
import { wait } from '../../server/runtime/wait.ts';
import { createFakeClock } from './fake-clock.ts';
import { createMemoryCluster } from './memory-cluster.ts';
import { createSeededChance } from './seeded-random-ids.ts';
import { createSimLink } from './sim-link.ts';
import { startSimNode } from './sim-node.ts';
import { startSimServer } from './sim-server.ts';

/** What happened to a run of one of the owners, in the order in which it happened. */
export interface Turn {
  readonly did: 'queue' | 'begin' | 'end';
  readonly owner: string;
}

export interface TurnsOptions {
  readonly seed: number;
  /** 1 is a server with a log of its own. */
  readonly nodes: 1 | 2;
  /** Runs that a node executes at the same time. */
  readonly maxRunningRuns: number;
  /** Of each owner that comes after the others, the runs that it starts at once. */
  readonly owners: readonly { readonly owner: string; readonly runs: number }[];
  /** How long the one model call of a run takes: the least, and by how much more it may vary. */
  readonly callMs: { readonly least: number; readonly varies: number };
}

const leaseMs = 3000;

/**
 * Servers whose runs are started by several owners, one after the other, until all runs of the last owner have begun. On
 * several nodes a run begins when a node claims it.
 *
 * @throws Error if they have not begun after a long time.
 */
export async function simulateTurns(options: TurnsOptions): Promise<readonly Turn[]> {
  const { maxRunningRuns, callMs } = options;
  const clock = createFakeClock();
  const random = createSeededChance(options.seed);
  const log = createMemoryLog({ clock });
  const defects: string[] = [];
  const onDefect = (defect: string) => void defects.push(defect);
  const provider: Provider = {
    async *stream(_request, { signal }) {
      await wait(clock, callMs.least + Math.floor(random.next() * callMs.varies), signal);
      yield { type: 'text', text: '```ts a.ts\nexport {};\n```\n' };
      yield { type: 'finish', finishReason: 'stop' };
    },
  };
  const { turns, onBegun } = watchTurns(log);
  const common = { clock, random, maxRunningRuns, provider, onDefect };
  const servers =
    options.nodes === 1 ? [startSimServer({ ...common, log })] : startNodes({ ...common, log, onBegun });
  await clock.advance(100);

  for (const { owner, runs } of options.owners) {
    const principal = { ...localPrincipal, owner };
    const started = Array.from({ length: runs }, (_, index) => {
      const input = { task: 'Build it', pipeline: { roles: ['coder' as const] } };
      const server = servers[index % servers.length];
      if (server === undefined) throw new Error('No server is simulated.');
      return server.runs.start(input, principal);
    });
    const isStarted = Promise.all(started).then(() => true);
    while (!(await Promise.race([isStarted, Promise.resolve(false)]))) await clock.advance(1);
  }
  const last = options.owners.at(-1);
  const haveBegun = () =>
    turns.filter(({ did, owner }) => did === 'begin' && owner === last?.owner).length === last?.runs;
  for (let round = 0; !haveBegun(); round += 1) {
    if (round > 2000) throw new Error(`the runs of ${String(last?.owner)} have not begun`);
    await clock.advance(1000);
  }
  if (defects.length > 0) throw new Error(defects.join('; '));
  return turns;
}

function watchTurns(log: EventLog) {
  const turns: Turn[] = [];
  const owners = new Map<string, string>();
  const begun = new Set<string>();
  const add = (did: Turn['did'], runId: string) => turns.push({ did, owner: owners.get(runId) ?? '' });
  function onBegun(runId: string): void {
    if (begun.has(runId)) return;
    begun.add(runId);
    add('begin', runId);
  }
  log.watchAll((entries) => {
    for (const { event } of entries) {
      const { runId } = event;
      if (event.type === 'run.queued') {
        owners.set(runId, event.owner);
        add('queue', runId);
      } else if (event.type === 'run.started') onBegun(runId);
      else if (isTerminal(event)) add('end', runId);
    }
  });
  return { turns, onBegun };
}

function startNodes(options: {
  readonly log: EventLog;
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly random: ReturnType<typeof createSeededChance>;
  readonly maxRunningRuns: number;
  readonly provider: Provider;
  onDefect(defect: string): void;
  onBegun(runId: string): void;
}) {
  const { clock, random, log: truth, onBegun } = options;
  const cluster = createMemoryCluster({ clock, truth, leaseMs, onClaimed: onBegun });
  return ['a', 'b'].map((nodeId) => {
    const link = createSimLink(clock, random);
    return startSimNode({ ...options, nodeId, link, cluster, patienceMs: leaseMs });
  });
}
