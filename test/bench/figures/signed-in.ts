import { startBenchServers, type BenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import type { Measurement } from '../figure.ts';
import { runLoad } from '../load.ts';
import { followRun } from '../sides.ts';
import { grow } from './idle-memory.ts';

const goal = { text: '≤ 1.1 ×', ratio: 1.1 };
const isMet = (ratio: number) => ratio <= goal.ratio;

/** The same server twice: one whose callers have access keys, and as the baseline one without authentication. */
export const signedIn: Measurement = {
  id: 'P11',
  what: 'what access keys cost an idle subscriber and a token',
  async measure({ rounds, quick, serverArguments, log }) {
    const memory = { keys: [] as number[], none: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      // New processes each time: what an earlier round has left behind would hide what this one takes.
      for (const auth of inTurn(round)) {
        await using servers = await start(auth, []);
        memory[auth].push(await idleKb(servers, quick ? 500 : 2000));
        log(`  idle, ${auth}: ${memory[auth].at(-1)?.toFixed(2)} KB`);
      }
    }

    const single = { keys: [] as number[], none: [] as number[] };
    const shared = { keys: [] as number[], none: [] as number[] };
    await using none = await start('none', serverArguments);
    await using keys = await start('keys', serverArguments);
    const servers = { none, keys };
    // The round before the first is for the compilers only.
    for (let round = quick ? 0 : -1; round < rounds; round += 1) {
      for (const auth of inTurn(round)) {
        const own = await cpuUs(servers[auth], { round, quick, streams: 20, followers: 1, perSecond: 50 });
        const many = await cpuUs(servers[auth], { round, quick, streams: 1, followers: 500, perSecond: 20 });
        log(`  CPU, ${auth}: ${own.toFixed(1)} µs, ${many.toFixed(2)} µs per delivered token`);
        if (round < 0) continue;
        single[auth].push(own);
        shared[auth].push(many);
      }
    }
    const figure = (
      part: string,
      { what, unit, taken }: { what: string; unit: string; taken: typeof memory },
    ) =>
      compare({
        id: `P11${part}`,
        what,
        unit,
        ours: taken.keys,
        baseline: taken.none,
        compares: 'ratio',
        goal: goal.text,
        isMet,
        notes: ['the baseline is the same server without authentication'],
      });
    return {
      figures: [
        figure('a', { what: 'memory per idle subscriber, with access keys', unit: 'KB', taken: memory }),
        figure('b', {
          what: 'server CPU per token, one subscriber, with access keys',
          unit: 'µs',
          taken: single,
        }),
        figure('c', {
          what: 'server CPU per delivered token, 500 subscribers, with access keys',
          unit: 'µs',
          taken: shared,
        }),
      ],
    };
  },
};

type Auth = 'none' | 'keys';

/** Alternately first, so that neither always follows the other. */
function inTurn(round: number): readonly Auth[] {
  return round % 2 === 0 ? ['none', 'keys'] : ['keys', 'none'];
}

function start(auth: Auth, serverArguments: readonly string[]): Promise<BenchServers> {
  return startBenchServers(serverArguments, { BENCH_HEARTBEAT: '60000', BENCH_AUTH: auth });
}

async function idleKb({ ours }: BenchServers, count: number): Promise<number> {
  const flow = await ours.open('idle', []);
  flow.stream.write(3);
  const { heap } = await grow(ours.process, count, () => followRun(ours.target, flow.runId, () => undefined));
  flow.close();
  return heap;
}

interface Cost {
  readonly round: number;
  readonly quick: boolean;
  readonly streams: number;
  readonly followers: number;
  readonly perSecond: number;
}

async function cpuUs({ ours }: BenchServers, cost: Cost): Promise<number> {
  const { cpuUsPerToken } = await runLoad(ours, {
    name: `keys-${cost.round}-${cost.followers}`,
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
