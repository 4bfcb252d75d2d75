import type { BenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import type { BenchOptions, Measured } from '../figure.ts';
import { runLoad } from '../load.ts';
import { followRun } from '../sides.ts';
import { grow } from './idle-memory.ts';

/** The same server in two variants: what the second one has in addition is what is measured. */
export interface Variants {
  /** Of the figures, which get a letter each. */
  readonly id: string;
  /** The baseline first. */
  readonly names: readonly [string, string];
  /** What the second one has, for the names of the figures. */
  readonly with: string;
  readonly note: string;
  start(name: string, serverArguments: readonly string[]): Promise<BenchServers>;
}

const goal = { text: '≤ 1.1 ×', ratio: 1.1 };
const isMet = (ratio: number) => ratio <= goal.ratio;

/** Memory per idle subscriber, and CPU per token with one subscriber and with many. */
export async function compareVariants(
  { rounds, quick, serverArguments, log }: BenchOptions,
  { id, names, with: addition, note, start }: Variants,
): Promise<Measured> {
  const [base, other] = names;
  const taken = () => new Map<string, number[]>(names.map((name) => [name, []]));
  const [memory, single, shared] = [taken(), taken(), taken()];
  // Alternately first, so that neither always follows the other.
  const inTurn = (round: number) => (round % 2 === 0 ? [base, other] : [other, base]);

  for (let round = 0; round < rounds; round += 1) {
    // New processes each time: what an earlier round has left behind would hide what this one takes.
    for (const name of inTurn(round)) {
      await using servers = await start(name, []);
      const kilobytes = await idleKb(servers, quick ? 500 : 2000);
      memory.get(name)?.push(kilobytes);
      log(`  idle, ${name}: ${kilobytes.toFixed(2)} KB`);
    }
  }

  for (let round = 0; round < rounds; round += 1) {
    // New processes each time: two of the same program differ by up to a fifth for as long as they live, by what the compilers
    // saw first.
    for (const name of inTurn(round)) {
      await using servers = await start(name, serverArguments);
      const cost = (what: string) => ({
        own: () => cpuUs(servers, { name: `${what}-own`, quick, streams: 20, followers: 1, perSecond: 50 }),
        many: () =>
          cpuUs(servers, { name: `${what}-many`, quick, streams: 1, followers: 500, perSecond: 20 }),
      });
      // The first time is for the compilers only.
      for (const measure of Object.values(cost('warm'))) await measure();
      const { own, many } = cost('measured');
      const [ownUs, manyUs] = [await own(), await many()];
      log(`  CPU, ${name}: ${ownUs.toFixed(1)} µs, ${manyUs.toFixed(2)} µs per delivered token`);
      single.get(name)?.push(ownUs);
      shared.get(name)?.push(manyUs);
    }
  }
  const figure = (part: string, { what, unit, of }: { what: string; unit: string; of: typeof memory }) =>
    compare({
      id: `${id}${part}`,
      what: `${what}, with ${addition}`,
      unit,
      ours: of.get(other) ?? [],
      baseline: of.get(base) ?? [],
      compares: 'ratio',
      goal: goal.text,
      isMet,
      notes: [note],
    });
  return {
    figures: [
      figure('a', { what: 'memory per idle subscriber', unit: 'KB', of: memory }),
      figure('b', { what: 'server CPU per token, one subscriber', unit: 'µs', of: single }),
      figure('c', { what: 'server CPU per delivered token, 500 subscribers', unit: 'µs', of: shared }),
    ],
  };
}

async function idleKb({ ours }: BenchServers, count: number): Promise<number> {
  const flow = await ours.open('idle', []);
  flow.stream.write(3);
  const { heap } = await grow(ours.process, count, () => followRun(ours.target, flow.runId, () => undefined));
  flow.close();
  return heap;
}

interface Cost {
  readonly name: string;
  readonly quick: boolean;
  readonly streams: number;
  readonly followers: number;
  readonly perSecond: number;
}

async function cpuUs({ ours }: BenchServers, cost: Cost): Promise<number> {
  const { cpuUsPerToken } = await runLoad(ours, {
    name: `variant-${cost.name}`,
    streams: cost.streams,
    followersPerStream: cost.followers,
    tokensPerSecond: cost.perSecond,
    warmMs: cost.quick ? 800 : 1000,
    measureMs: cost.quick ? 1200 : 3000,
    // What comes late has cost the same.
    mustKeepUp: false,
  });
  return cpuUsPerToken;
}
