import { compare } from '../compare.ts';
import type { Figure, Measurement } from '../figure.ts';
import { startEngineBench } from '../nodes/engine-bench.ts';
import {
  measureFollowers,
  measurePacked,
  measureRates,
  measureTwoNodes,
  type PackedCosts,
  type Rates,
} from '../nodes/measure-logs.ts';
import { measureNodes, type NodeFigures } from '../nodes/measure-nodes.ts';

type Followers = Awaited<ReturnType<typeof measureFollowers>>;
type TwoNodes = Awaited<ReturnType<typeof measureTwoNodes>>;

const maxNodeRounds = 3;

/** What one round has measured. */
interface Round {
  readonly packed: PackedCosts;
  readonly many: Rates;
  readonly some: Rates;
  readonly followers: Followers;
  readonly two: TwoNodes;
  /** In the first rounds only: leases and drains take their time. */
  readonly nodes: NodeFigures | undefined;
}

export const severalNodes: Measurement = {
  id: 'P12',
  what: 'several nodes on PostgreSQL, compared with SQLite and with the engine’s own speed',
  async measure({ rounds, quick, serverArguments, log }) {
    await using bench = await startEngineBench(serverArguments, log);
    if (bench === undefined) return { figures: [] };
    const times = quick ? { warmMs: 500, measureMs: 1000 } : { warmMs: 1000, measureMs: 2500 };
    const all: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const packed = await measurePacked(bench, times);
      log(
        `  packed: node ${packed.postgresNode.toFixed(2)} µs per token (SQLite ${packed.sqliteNode.toFixed(2)}), engine ${packed.postgresEngine.toFixed(2)} (raw ${packed.rawEngine.toFixed(2)})`,
      );
      const many = await measureRates(bench, 1000, times);
      const some = await measureRates(bench, 100, times);
      for (const [runs, rates] of [
        [1000, many],
        [100, some],
      ] as const) {
        log(
          `  ${runs} runs: ${rates.log.toFixed(0)} rows/s (raw ${rates.raw.toFixed(0)}), ${rates.rowsPerFlush.toFixed(0)} per flush, engine ${rates.logEngineUs.toFixed(1)} µs per row (raw ${rates.rawEngineUs.toFixed(1)})`,
        );
      }
      const followers = await measureFollowers(bench, times);
      log(
        `  at the other node: p50 ${followers.other.p50.toFixed(2)} ms, p99 ${followers.other.p99.toFixed(1)} ms (SQLite in process ${followers.sqlite.p50.toFixed(2)}, ${followers.sqlite.p99.toFixed(1)})`,
      );
      const two = await measureTwoNodes(bench, times);
      log(`  two nodes: ${two.two.toFixed(0)} rows/s, one ${two.one.toFixed(0)}`);
      const nodes = round < maxNodeRounds ? await measureNodes(bench) : undefined;
      if (nodes !== undefined)
        log(
          `  receipt ${nodes.receiptElsewhere.toFixed(1)} ms (at the executor ${nodes.receiptAtExecutor.toFixed(1)}), take-over ${nodes.takeOver.toFixed(2)} of the lease, hand-over p99 ${nodes.handOver.toFixed(0)} ms, lost ${nodes.lost}, twice ${nodes.twice}`,
        );
      all.push({ packed, many, some, followers, two, nodes });
    }
    return { figures: figuresOf(all) };
  },
};

/** `undefined` in a round that has not measured it. */
type Reading = (round: Round) => number | undefined;

function figuresOf(rounds: readonly Round[]): readonly Figure[] {
  const readAll = (reading: Reading) => rounds.flatMap((round) => reading(round) ?? []);
  const ratio = (
    [id, what, unit, goal]: readonly [string, string, string, string],
    [ours, baseline]: readonly [Reading, Reading],
    isMet: (ratio: number, ours: number) => boolean,
    notes: readonly string[],
  ) =>
    compare({
      id,
      what,
      unit,
      goal,
      isMet,
      notes,
      ours: readAll(ours),
      baseline: readAll(baseline),
      compares: 'ratio',
    });
  const value = (
    [id, what, unit, goal]: readonly [string, string, string, string],
    ours: Reading,
    isMet: (value: number) => boolean,
  ) => compare({ id, what, unit, goal, isMet, ours: readAll(ours), compares: 'value' });
  const packedLoad = ['50,000 tokens/s of 1,000 runs, five to the row', 'the baseline is SQLite'];
  const rawNote = 'the baseline inserts the same rows in statements of the same sizes, and does nothing else';

  return [
    ratio(
      ['P12a', 'CPU of the node per token, packed', 'µs', '≤ 1.2 ×'],
      [(it) => it.packed.postgresNode, (it) => it.packed.sqliteNode],
      (compared) => compared <= 1.2,
      packedLoad,
    ),
    ratio(
      ['P12b', 'CPU of the engine per token, packed', 'µs', '≤ 2 ×'],
      [(it) => it.packed.postgresEngine, (it) => it.packed.rawEngine],
      (compared) => compared <= 2,
      [rawNote],
    ),
    ...(['many', 'some'] as const).map((which, index) =>
      ratio(
        [
          index === 0 ? 'P12c' : 'P12d',
          `rows per second at saturation, ${index === 0 ? '1,000' : '100'} runs`,
          '',
          '≥ 0.5 ×',
        ],
        [(it) => it[which].log, (it) => it[which].raw],
        (compared) => compared >= 0.5,
        [rawNote],
      ),
    ),
    ...(['many', 'some'] as const).map((which, index) =>
      ratio(
        [
          index === 0 ? 'P12e' : 'P12f',
          `the same: CPU of the engine per row, ${index === 0 ? '1,000' : '100'} runs`,
          'µs',
          '≤ 2 ×',
        ],
        [(it) => it[which].logEngineUs, (it) => it[which].rawEngineUs],
        (compared) => compared <= 2,
        [rawNote],
      ),
    ),
    ratio(
      ['P12g', 'token → watcher at the other node, p50', 'ms', '≤ 8 ×, ≤ 5 ms'],
      [(it) => it.followers.other.p50, (it) => it.followers.sqlite.p50],
      (compared, ours) => compared <= 8 && ours <= 5,
      ['100 runs at 50 tokens/s each, one token to the row; the baseline is SQLite in its own process'],
    ),
    ratio(
      ['P12h', 'the same, p99', 'ms', '≤ 50 ms'],
      [(it) => it.followers.other.p99, (it) => it.followers.sqlite.p99],
      (_, ours) => ours <= 50,
      ['tokens that did not arrive are counted under lost'],
    ),
    ratio(
      ['P12i', 'rows per second of two nodes', '', '≥ 0.9 ×'],
      [(it) => it.two.two, (it) => it.two.one],
      (compared) => compared >= 0.9,
      ['500 runs; the baseline is one node with all of them'],
    ),
    ratio(
      ['P12j', 'receipt of a command at another node, p50', 'ms', '≤ 2 ×'],
      [(it) => it.nodes?.receiptElsewhere, (it) => it.nodes?.receiptAtExecutor],
      (compared) => compared <= 2,
      ['the baseline is at the node that executes the run'],
    ),
    value(
      ['P12k', 'kill -9 → all runs have output of another node, / lease', '×', '≤ 1.2 ×'],
      (it) => it.nodes?.takeOver,
      (part) => part <= 1.2,
    ),
    value(
      ['P12l', 'drain: last event here → first one elsewhere, p99', 'ms', '≤ 500 ms'],
      (it) => it.nodes?.handOver,
      (ms) => ms <= 500,
    ),
    value(
      ['P12m', 'lost', '', '0'],
      (it) => (it.nodes?.lost ?? 0) + Math.max(0, it.followers.lost),
      (count) => count === 0,
    ),
    value(
      ['P12n', 'twice', '', '0'],
      (it) => it.nodes?.twice,
      (count) => count === 0,
    ),
  ];
}
