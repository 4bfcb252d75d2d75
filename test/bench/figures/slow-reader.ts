import { startBenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import type { Figure, Measurement } from '../figure.ts';
import { latencyCurve } from '../latency-curve.ts';
import { runLoad } from '../load.ts';
import { addOddReader, type OddReaderCost } from '../odd-reader.ts';
import { median, quantile } from '../statistics.ts';

const fastReaders = 10;
const tokensPerSecond = 200;
/**
 * 6 MB, which the odd reader begins with: the kernels of both ends take some 3 MB of it, the rest is the server's to
 * hold back. The fast ones have read all of it before anything is measured.
 */
const pastTokens = 1_200_000;
const arms = { alone: undefined, slow: 1024, stalled: 0 } as const;
type Arm = keyof typeof arms;

interface Taken extends OddReaderCost {
  readonly latenciesMs: readonly number[];
}

export const slowReader: Measurement = {
  id: 'G10',
  what: `a slow subscriber beside ${fastReaders} fast ones`,
  async measure({ rounds, quick, serverArguments, log }) {
    await using servers = await startBenchServers(serverArguments);
    const { ours } = servers;
    const take = async (arm: Arm, name: string): Promise<Taken> => {
      let odd: OddReaderCost | undefined;
      const { latenciesMs, utilization } = await runLoad(ours, {
        name,
        streams: 1,
        followersPerStream: fastReaders,
        tokensPerSecond,
        pastTokens,
        allLatencies: true,
        warmMs: quick ? 500 : 1000,
        measureMs: quick ? 1500 : 3000,
        beside: (flow) =>
          addOddReader(ours.process, flow, { bytesPerSecond: arms[arm], told: (it) => (odd = it) }),
      });
      if (odd === undefined) throw new Error('what is beside a load is looked at before it ends');
      const [p50, p99] = [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
      log(
        `  ${arm}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, grown by ${odd.grownHeap.toFixed(0)} KiB (RSS ${odd.grownRss.toFixed(0)}), ${odd.unsent.toFixed(0)} KiB unsent, loop ${(utilization * 100).toFixed(0)} %`,
      );
      return { latenciesMs, ...odd };
    };

    // For compilers and caches, which would else be taken for what the first reader costs.
    if (!quick) await take('stalled', 'warm');
    const alone = [await take('alone', 'alone-first')];
    const beside = { slow: [] as Taken[], stalled: [] as Taken[] };
    for (let round = 0; round < Math.min(rounds, 4); round += 1) {
      beside.slow.push(await take('slow', `slow-${round}`));
      beside.stalled.push(await take('stalled', `stalled-${round}`));
      alone.push(await take('alone', `alone-${round}`));
    }
    return {
      figures: figuresOf(alone, beside),
      plots: [
        {
          title: 'Latency of the fast subscribers',
          x: 'ms from the provider’s write to a fast subscriber',
          y: 'part of the tokens that came sooner',
          logX: true,
          yScale: 'nines',
          lines: [
            { name: 'by themselves', points: curveOf(alone) },
            { name: 'beside a reader of 1 KB/s', points: curveOf(beside.slow) },
            { name: 'beside a stalled one', points: curveOf(beside.stalled) },
          ],
        },
      ],
    };
  },
};

/** Each round is held against what was taken just before and just after it without an odd reader. */
function figuresOf(alone: readonly Taken[], beside: Readonly<Record<'slow' | 'stalled', readonly Taken[]>>) {
  const around = <T>(pick: (before: Taken, after: Taken) => T): T[] =>
    alone.slice(1).map((after, round) => pick(alone[round] ?? after, after));
  // The same comparison where nothing has changed: what it says against 1 is what cannot be told.
  const control = compare({
    id: 'G10h',
    what: `latency of ${fastReaders} fast subscribers by themselves, one round compared with the one before, p99`,
    unit: 'ms',
    ours: around((_before, after) => quantile(after.latenciesMs, 0.99)),
    baseline: around((before) => quantile(before.latenciesMs, 0.99)),
    compares: 'ratio',
    goal: 'for comparison',
    notes: ['the same comparison where nothing has changed'],
  });
  const apart = Math.max(control.compared.median, 1 / control.compared.median);
  const canTell = apart <= 1.1;
  const named = { slow: 'one of 1 KB/s', stalled: 'one that reads nothing' } as const;

  const latency = (id: string, arm: 'slow' | 'stalled', part: number): Figure =>
    compare({
      id,
      what: `latency of ${fastReaders} fast subscribers beside ${named[arm]}, p${part * 100}`,
      unit: 'ms',
      ours: beside[arm].map(({ latenciesMs }) => quantile(latenciesMs, part)),
      baseline: around((before, after) => quantile([...before.latenciesMs, ...after.latenciesMs], part)),
      compares: 'ratio',
      goal: part === 0.99 ? '≤ 1.1 ×' : 'for comparison',
      ...(part === 0.99 && canTell && { isMet: (ratio: number) => ratio <= 1.1 }),
      ...(part === 0.99 &&
        !canTell && {
          notes: [
            `no verdict: rounds without a slow subscriber differ by ${apart.toFixed(2)} × from each other (G10h)`,
          ],
        }),
    });
  const memory = (id: string, arm: 'slow' | 'stalled', goalKib?: number): Figure => {
    const pick = goalKib === undefined ? 'grownRss' : 'grownHeap';
    const typical = (of: 'unsent' | 'received') => median(beside[arm].map((taken) => taken[of])).toFixed(0);
    return compare({
      id,
      what: `memory of the server for ${named[arm]}${goalKib === undefined ? ' (RSS)' : ''}`,
      unit: 'KiB',
      ours: beside[arm].map((taken) => taken[pick]),
      baseline: around((before, after) => (before[pick] + after[pick]) / 2),
      compares: 'difference',
      goal: goalKib === undefined ? 'for comparison' : `≤ + ${goalKib} KiB`,
      ...(goalKib !== undefined && { isMet: (added: number) => added <= goalKib }),
      notes: [
        goalKib === undefined
          ? 'includes what the allocators keep for later'
          : `${typical('unsent')} KiB were queued in the server, and are counted, for a subscriber that had received ${typical('received')} KiB of 6 MB; in the end it had every seq`,
      ],
    });
  };
  return [
    latency('G10a', 'slow', 0.5),
    latency('G10b', 'slow', 0.99),
    latency('G10c', 'stalled', 0.5),
    latency('G10d', 'stalled', 0.99),
    memory('G10e', 'slow', 2048),
    memory('G10f', 'stalled', 1024),
    memory('G10g', 'stalled'),
    control,
  ];
}

function curveOf(taken: readonly Taken[]) {
  return latencyCurve(taken.flatMap(({ latenciesMs }) => latenciesMs));
}
