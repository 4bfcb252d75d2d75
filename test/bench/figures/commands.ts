import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import type { Measurement } from '../figure.ts';
import type { Side } from '../sides.ts';
import { quantile } from '../statistics.ts';

export const commands: Measurement = {
  id: 'P5',
  what: 'from a command to the provider',
  async measure({ rounds, quick, serverArguments, log }) {
    await using servers = await startBenchServers(serverArguments);
    const samples = quick ? 15 : 40;
    const cancels = { stagewire: [] as number[], bare: [] as number[] };
    const restarts = { stagewire: [] as number[], bare: [] as number[] };
    for (let round = -1; round < rounds; round += 1) {
      for (const side of servers.sides) {
        const taken = await sample(side, samples, `round-${round}`);
        const [cancelled, restarted] = [quantile(taken.cancels, 0.99), quantile(taken.restarts, 0.99)];
        log(`  ${side.name}: cancel p99 ${cancelled.toFixed(2)} ms, steer p99 ${restarted.toFixed(2)} ms`);
        if (round < 0) continue;
        cancels[side.name].push(cancelled);
        restarts[side.name].push(restarted);
      }
    }
    const figure = (id: string, what: string, taken: typeof cancels) =>
      compare({
        id,
        what,
        unit: 'ms',
        ours: taken.stagewire,
        baseline: taken.bare,
        compares: 'difference',
        goal: '≤ + 10 ms',
        isMet: (added) => added <= 10,
        notes: [`p99 of ${samples} per round, one at a time, from the moment the client sends it`],
      });
    return {
      figures: [
        figure('P5a', 'cancel sent → provider’s socket closed, p99', cancels),
        figure('P5b', 'steer sent → next request at the provider, p99', restarts),
      ],
    };
  },
};

async function sample(side: Side, count: number, name: string) {
  const taken = { cancels: [] as number[], restarts: [] as number[] };
  for (let index = 0; index < count; index += 1) {
    const flow = await side.open(`${name}-${side.name}-${index}`, [() => undefined]);
    flow.stream.write(5);
    await sleep(5);
    const steeredMs = performance.now();
    const next = await flow.restart();
    taken.restarts.push(next.arrivedAtMs - steeredMs);
    next.write(5);
    await sleep(5);
    const cancelledMs = performance.now();
    taken.cancels.push((await flow.cancel()) - cancelledMs);
    flow.close();
  }
  return taken;
}
