import { startBenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import type { Measurement } from '../figure.ts';
import { runLoad } from '../load.ts';
import type { Side } from '../sides.ts';

/** Tokens per second of each run. */
const rates = [50, 40, 30, 20, 10] as const;
/** The share of its tokens that the baseline delivers on time at a load that it carries. */
const carriedShare = 0.95;

export const manyRuns: Measurement = {
  id: 'P8',
  what: 'many runs at the same time',
  async measure({ rounds, quick, serverArguments, log }) {
    await using servers = await startBenchServers(serverArguments);
    const most = quick ? 200 : 500;
    const crowd = 800;
    const load = async (
      side: Side,
      name: string,
      [streams, tokensPerSecond]: readonly [number, number],
      times = quick ? { warmMs: 1000, measureMs: 1500 } : { warmMs: 1500, measureMs: 3000 },
    ) => {
      const mustKeepUp = false;
      const followersPerStream = 1;
      const result = await runLoad(side, {
        name,
        streams,
        followersPerStream,
        tokensPerSecond,
        mustKeepUp,
        ...times,
      });
      log(
        `  ${streams} × ${tokensPerSecond.toFixed(1)}/s, ${side.name}: ${result.cpuUsPerToken.toFixed(0)} µs, ${result.delivered} of ${result.due} delivered, ${result.onTime} on time, loop ${(result.utilization * 100).toFixed(0)} %`,
      );
      return result;
    };
    const full = { stagewire: [] as number[], bare: [] as number[] };
    const punctual = { stagewire: [] as number[], bare: [] as number[] };
    const crowded = { stagewire: [] as number[], bare: [] as number[] };
    const fitting = { stagewire: [] as number[], bare: [] as number[] };
    const cost = { few: [] as number[], many: [] as number[] };
    const total = 1500;
    // What five hundred beginnings at once have piled up must be gone before it is measured whether the load is carried.
    const sustained = quick ? { warmMs: 3000, measureMs: 2000 } : { warmMs: 8000, measureMs: 4000 };
    /** The highest rate that the baseline carries: at a higher one, only the machine would be measured. */
    const carriedRate = async (streams: number): Promise<number> => {
      for (const rate of rates) {
        const { onTime, due } = await load(servers.bare, `carried-${streams}`, [streams, rate], sustained);
        if (onTime >= carriedShare * due) return rate;
      }
      return rates[rates.length - 1] ?? 0;
    };
    for (const side of servers.sides) await load(side, 'warm', [20, total / 20]);
    const fullRate = quick ? 50 : await carriedRate(most);
    const crowdRate = quick ? 0 : await carriedRate(crowd);
    for (let round = 0; round < Math.min(rounds, 3); round += 1) {
      for (const side of servers.sides) {
        const { onTime, due } = await load(side, `fitting-${round}`, [most, total / most]);
        fitting[side.name].push((100 * onTime) / due);
      }
      cost.few.push((await load(servers.ours, `few-${round}`, [10, total / 10])).cpuUsPerToken);
      cost.many.push((await load(servers.ours, `many-${round}`, [most, total / most])).cpuUsPerToken);
      for (const side of servers.sides) {
        const { tokensPerSecond, onTime, due } = await load(
          side,
          `full-${round}`,
          [most, fullRate],
          sustained,
        );
        full[side.name].push(tokensPerSecond);
        punctual[side.name].push((100 * onTime) / due);
      }
      for (const side of quick ? [] : servers.sides) {
        const { onTime, due } = await load(side, `crowded-${round}`, [crowd, crowdRate], sustained);
        crowded[side.name].push((100 * onTime) / due);
      }
    }
    const carried = `the highest rate of ${rates.join(', ')} at which the baseline delivers ${carriedShare * 100} % on time`;
    const points = { stagewire: [] as [number, number][], bare: [] as [number, number][] };
    for (const streams of quick ? [] : [10, 50, 100, 250, 500, crowd]) {
      for (const side of servers.sides) {
        const { cpuUsPerToken } = await load(side, `curve-${streams}`, [streams, total / streams]);
        points[side.name].push([streams, cpuUsPerToken]);
      }
    }
    return {
      figures: [
        compare({
          id: 'P8a',
          what: `${most} runs at ${fullRate} tokens/s each: delivered within 250 ms`,
          unit: '%',
          ours: punctual.stagewire,
          baseline: punctual.bare,
          compares: 'ratio',
          goal: '≥ 0.95 ×',
          isMet: (ratio) => ratio >= 0.95,
          notes: [carried, 'sustained: counted when what the beginnings had piled up is gone'],
        }),
        compare({
          id: 'P8d',
          what: `${most} runs at ${fullRate} tokens/s each: tokens delivered per second`,
          unit: 'tokens/s',
          ours: full.stagewire,
          baseline: full.bare,
          compares: 'ratio',
          goal: 'for comparison',
        }),
        ...(quick
          ? []
          : [
              compare({
                id: 'P8e',
                what: `${crowd} runs at ${crowdRate} tokens/s each: delivered within 250 ms`,
                unit: '%',
                ours: crowded.stagewire,
                baseline: crowded.bare,
                compares: 'ratio',
                goal: '≥ 0.95 ×',
                isMet: (ratio) => ratio >= 0.95,
                notes: [carried, 'sustained, as P8a'],
              }),
            ]),
        compare({
          id: 'P8b',
          what: `${most} runs, ${total} tokens/s together: delivered within 250 ms`,
          unit: '%',
          ours: fitting.stagewire,
          baseline: fitting.bare,
          compares: 'ratio',
          goal: '≥ 0.95 ×',
          isMet: (ratio) => ratio >= 0.95,
          notes: ['a load that one core can carry'],
        }),
        compare({
          id: 'P8c',
          what: `cost per token of ${most} runs against that of 10`,
          unit: 'µs',
          ours: cost.many,
          baseline: cost.few,
          compares: 'ratio',
          goal: '≤ 1.2 ×',
          isMet: (ratio) => ratio <= 1.2,
          notes: [`${total} tokens/s in both; the baseline is Stagewire itself`],
        }),
      ],
      plots: quick
        ? []
        : [
            {
              title: `Cost against runs, ${total} tokens/s together`,
              x: 'runs with one subscriber each',
              y: 'µs of CPU per token',
              logX: true,
              lines: [
                { name: 'stagewire', points: points.stagewire },
                { name: 'bare pipe', points: points.bare },
              ],
            },
          ],
    };
  },
};
