import { startBenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import type { Measurement } from '../figure.ts';
import { runLoad } from '../load.ts';

const streams = 20;
const tokensPerSecond = 50;

export const cpuPerToken: Measurement = {
  id: 'P1',
  what: 'server CPU per token: provider’s socket → log on disk → one subscriber',
  async measure({ rounds, quick, serverArguments, log }) {
    await using servers = await startBenchServers(serverArguments);
    const costs = { stagewire: [] as number[], bare: [] as number[] };
    // The round before the first is for the compilers only.
    for (let round = quick ? 0 : -1; round < rounds; round += 1) {
      for (const side of servers.sides) {
        const result = await runLoad(side, {
          name: `cpu-${round}`,
          streams,
          followersPerStream: 1,
          tokensPerSecond,
          warmMs: quick ? 1500 : 1000,
          measureMs: quick ? 1500 : 3000,
        });
        log(
          `  ${side.name}: ${result.cpuUsPerToken.toFixed(0)} µs, loop ${(result.utilization * 100).toFixed(0)} %`,
        );
        if (round >= 0) costs[side.name].push(result.cpuUsPerToken);
      }
    }
    return {
      figures: [
        compare({
          id: 'P1',
          what: cpuPerToken.what,
          unit: 'µs',
          ours: costs.stagewire,
          baseline: costs.bare,
          compares: 'ratio',
          goal: '≤ 1.3 ×',
          isMet: (ratio) => ratio <= 1.3,
          notes: [`${streams} runs at ${tokensPerSecond} tokens/s each, one subscriber each`],
        }),
      ],
    };
  },
};
