import { startBenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import { TooBusy, type Measurement } from '../figure.ts';
import { runLoad, type LoadResult } from '../load.ts';
import type { Side } from '../sides.ts';
import { median } from '../statistics.ts';

const followers = 500;
const slow = 20;
const fast = 60;

export const fanOut: Measurement = {
  id: 'P2',
  what: 'server CPU per delivered token, 1 run → 500 subscribers',
  async measure({ rounds, quick, serverArguments, log }) {
    await using servers = await startBenchServers(serverArguments);
    const { ours, bare } = servers;
    const load = async (
      side: Side,
      name: string,
      options: { tokensPerSecond: number; windowMs?: number | null; followers?: number },
    ): Promise<LoadResult> => {
      await side.process.fixWindow(options.windowMs ?? null);
      const result = await runLoad(side, {
        name,
        streams: 1,
        followersPerStream: options.followers ?? followers,
        tokensPerSecond: options.tokensPerSecond,
        warmMs: quick ? 800 : 1000,
        measureMs: quick ? 1200 : 2500,
        // What comes late has cost the same.
        mustKeepUp: false,
      });
      log(
        `  ${name}, ${side.name}: ${result.cpuUsPerToken.toFixed(1)} µs, ${result.tokensPerMessage.toFixed(1)} tokens per message, loop ${(result.utilization * 100).toFixed(0)} %`,
      );
      return result;
    };
    const take = { bareSlow: [] as number[], unmerged: [] as number[], bareFast: [] as number[] };
    const merged = { fixed: [] as number[], own: [] as number[], perMessage: [] as number[] };
    for (let round = quick ? 0 : -1; round < rounds; round += 1) {
      const bareSlow = await load(bare, `slow-${round}`, { tokensPerSecond: slow });
      const unmerged = await load(ours, `unmerged-${round}`, { tokensPerSecond: slow, windowMs: 0 });
      const bareFast = await load(bare, `fast-${round}`, { tokensPerSecond: fast });
      const fixed = await load(ours, `merged-${round}`, { tokensPerSecond: fast, windowMs: 40 });
      const own = await load(ours, `own-${round}`, { tokensPerSecond: fast });
      if (round < 0) continue;
      take.bareSlow.push(bareSlow.cpuUsPerToken);
      // By the message: on a busy machine some tokens are late and merged after all, and must not make it cheaper.
      take.unmerged.push(unmerged.cpuUsPerToken * unmerged.tokensPerMessage);
      take.bareFast.push(bareFast.cpuUsPerToken);
      merged.fixed.push(fixed.cpuUsPerToken);
      merged.own.push(own.cpuUsPerToken);
      merged.perMessage.push(own.tokensPerMessage);
    }
    const points = { ours: [] as [number, number][], bare: [] as [number, number][] };
    if (!quick) {
      for (const count of [1, 10, 50, 100, 250, 500]) {
        const options = { tokensPerSecond: slow, windowMs: 0, followers: count };
        try {
          points.bare.push([count, (await load(bare, `curve-${count}`, options)).cpuUsPerToken]);
          points.ours.push([count, (await load(ours, `curve-${count}`, options)).cpuUsPerToken]);
        } catch (error) {
          // A point of the curve is not worth the figures.
          if (!(error instanceof TooBusy)) throw error;
          log(`  no point for ${count} subscribers: ${error.message}`);
        }
      }
    }
    return {
      figures: [
        compare({
          id: 'P2a',
          what: `${fanOut.what}, no coalescing`,
          unit: 'µs',
          ours: take.unmerged,
          baseline: take.bareSlow,
          compares: 'ratio',
          goal: '≤ 1.3 ×',
          isMet: (ratio) => ratio <= 1.3,
          notes: [`${slow} tokens/s, no coalescing window; counted per message`],
        }),
        compare({
          id: 'P2b',
          what: `${fanOut.what}, coalesced over 40 ms`,
          unit: 'µs',
          ours: merged.fixed,
          baseline: take.bareFast,
          compares: 'ratio',
          goal: '≤ 1 ×',
          isMet: (ratio) => ratio <= 1,
          notes: [`${fast} tokens/s, coalescing window of 40 ms, that of a busy server`],
        }),
        compare({
          id: 'P2c',
          what: `${fanOut.what}, coalescing window as the server adapts it`,
          unit: 'µs',
          ours: merged.own,
          baseline: take.bareFast,
          compares: 'ratio',
          goal: 'for comparison',
          notes: [
            `${fast} tokens/s; ${median(merged.perMessage).toFixed(1)} tokens per message: while the event loop is idle, nothing is delayed`,
          ],
        }),
      ],
      plots: quick
        ? []
        : [
            {
              title: 'Cost against subscribers, no coalescing',
              x: 'subscribers of one run',
              y: 'µs of CPU per delivered token',
              logX: true,
              yScale: 'log',
              lines: [
                { name: 'stagewire', points: points.ours },
                { name: 'bare pipe', points: points.bare },
              ],
            },
          ],
    };
  },
};
