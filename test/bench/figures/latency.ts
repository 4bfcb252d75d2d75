import { startBenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import type { Measurement } from '../figure.ts';
import { latencyCurve } from '../latency-curve.ts';
import { runLoad, type LoadOptions } from '../load.ts';
import { quantile } from '../statistics.ts';

const tokensPerSecond = 50;

export const latency: Measurement = {
  id: 'P4',
  what: 'added latency per token at half load',
  async measure({ rounds, quick, serverArguments, log }) {
    await using servers = await startBenchServers(serverArguments);
    const times = { warmMs: quick ? 700 : 1000, measureMs: quick ? 1500 : 3500 };
    const load = (streams: number, name: string): LoadOptions => ({
      ...times,
      name,
      streams,
      followersPerStream: 1,
      tokensPerSecond,
    });
    // Compilers first, then: at how many runs is the server's loop busy half of its time?
    await runLoad(servers.ours, load(10, 'warm'));
    const trial = await runLoad(servers.ours, load(10, 'trial'));
    const streams = Math.max(4, Math.min(100, Math.round((10 * 0.5) / trial.utilization)));
    await runLoad(servers.bare, load(streams, 'warm'));

    const taken = { stagewire: [] as number[][], bare: [] as number[][] };
    for (let round = 0; round < rounds; round += 1) {
      for (const side of servers.sides) {
        const result = await runLoad(side, load(streams, `round-${round}`));
        taken[side.name].push([...result.latenciesMs]);
        log(
          `  ${side.name}: p50 ${quantile(result.latenciesMs, 0.5).toFixed(2)} ms, p99 ${quantile(result.latenciesMs, 0.99).toFixed(2)} ms, loop ${(result.utilization * 100).toFixed(0)} %`,
        );
      }
    }
    const figure = (id: string, part: number, addedMs: number) =>
      compare({
        id,
        what: `${latency.what}, p${part * 100}`,
        unit: 'ms',
        ours: taken.stagewire.map((values) => quantile(values, part)),
        baseline: taken.bare.map((values) => quantile(values, part)),
        compares: 'difference',
        goal: `≤ + ${addedMs} ms`,
        isMet: (added) => added <= addedMs,
        notes: [`${streams} runs at ${tokensPerSecond} tokens/s each`],
      });
    return {
      figures: [figure('P4a', 0.5, 4), figure('P4b', 0.99, 10)],
      plots: [
        {
          title: 'Latency at half load',
          x: 'ms from the provider’s write to the subscriber',
          y: 'part of the tokens that came sooner',
          logX: true,
          yScale: 'nines',
          lines: [
            { name: 'stagewire', points: latencyCurve(taken.stagewire.flat()) },
            { name: 'bare pipe', points: latencyCurve(taken.bare.flat()) },
          ],
        },
      ],
    };
  },
};
