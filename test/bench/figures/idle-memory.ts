import { setTimeout as sleep } from 'node:timers/promises';
import { startBenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import type { Measurement } from '../figure.ts';
import { openLeanSocket, type LeanSocket } from '../lean-socket.ts';
import type { MeasuredProcess } from '../measured-process.ts';
import { followRun } from '../sides.ts';

export const idleMemory: Measurement = {
  id: 'P3',
  what: 'memory per idle subscriber',
  async measure({ rounds, quick, log }) {
    const count = quick ? 500 : 2000;
    const heap = { ours: [] as number[], bare: [] as number[] };
    const rss = { ours: [] as number[], bare: [] as number[] };
    for (let round = 0; round < Math.min(rounds, 3); round += 1) {
      // New processes each time: what an earlier round has left behind would hide what this one takes.
      await using servers = await startBenchServers([], { BENCH_HEARTBEAT: '60000' });
      const flow = await servers.ours.open('idle', []);
      flow.stream.write(3);
      const raw = await grow(servers.bare.process, count, (port) =>
        openLeanSocket(port, '/?idle', () => undefined),
      );
      const own = await grow(servers.ours.process, count, (port) =>
        followRun(port, flow.runId, () => undefined),
      );
      log(
        `  round ${round}: ${own.heap.toFixed(1)} KB (RSS ${own.rss.toFixed(1)}), raw ${raw.heap.toFixed(1)} KB (RSS ${raw.rss.toFixed(1)})`,
      );
      heap.ours.push(own.heap);
      heap.bare.push(raw.heap);
      rss.ours.push(own.rss);
      rss.bare.push(raw.rss);
      flow.close();
    }
    const notes = [`${count} subscribers of one silent run, each on a connection of its own`];
    return {
      figures: [
        compare({
          id: 'P3a',
          what: 'memory per idle subscriber, as V8 counts it',
          unit: 'KB',
          ours: heap.ours,
          baseline: heap.bare,
          compares: 'ratio',
          goal: '≤ 3 × and ≤ 30 KB',
          isMet: (ratio, ours) => ratio <= 3 && ours <= 30,
          notes,
        }),
        compare({
          id: 'P3b',
          what: 'memory per idle subscriber, as the system counts it (RSS)',
          unit: 'KB',
          ours: rss.ours,
          baseline: rss.bare,
          compares: 'ratio',
          goal: 'for comparison',
          notes: ['includes what the allocators keep for later'],
        }),
      ],
    };
  },
};

/** KB that each of so many idle connections adds to a process. The first hundred are for what is made once. */
export async function grow(
  process: MeasuredProcess,
  count: number,
  open: (port: number) => Promise<LeanSocket>,
) {
  const sockets: LeanSocket[] = [];
  const add = async (more: number) => {
    for (let left = more; left > 0; left -= 50) {
      const batch = Array.from({ length: Math.min(50, left) }, () => open(process.port));
      sockets.push(...(await Promise.all(batch)));
    }
    await sleep(500);
    return process.collected();
  };
  const before = await add(100);
  const after = await add(count);
  for (const socket of sockets) socket.close();
  return {
    heap: (after.heapBytes - before.heapBytes) / count / 1024,
    rss: (after.rssBytes - before.rssBytes) / count / 1024,
  };
}
