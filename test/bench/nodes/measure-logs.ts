import type { EngineBench } from './engine-bench.ts';
import type { AppendPace } from './append-load.ts';
import type { Ages } from './log-peer.ts';

/** How long a load runs before it is measured, and while. */
export interface Times {
  readonly warmMs: number;
  readonly measureMs: number;
}

const parts = 4;

/** 1,000 runs at 50 tokens/s, five tokens to the row. */
const packed: AppendPace = { everyMs: 100, tokens: 5 };
/** 100 runs at 50 tokens/s, a token to the row. */
const single: AppendPace = { everyMs: 20, tokens: 1 };

export interface PackedCosts {
  /** CPU per token, in microseconds. */
  readonly sqliteNode: number;
  readonly postgresNode: number;
  readonly postgresEngine: number;
  readonly rawEngine: number;
}

/** 50,000 tokens per second, packed: what node and engine cost. */
export async function measurePacked(bench: EngineBench, { warmMs, measureMs }: Times): Promise<PackedCosts> {
  const runs = 1000;
  const sqlite = await (async () => {
    await using peer = await bench.openSqlite();
    await peer.begin(runs);
    await peer.pace(packed, warmMs);
    return await peer.pace(packed, measureMs);
  })();
  const schema = bench.nextSchema();
  await using peer = await bench.openPostgres(schema);
  await peer.begin(runs);
  await peer.pace(packed, warmMs);
  const before = bench.cpuUs();
  const rate = await peer.pace(packed, measureMs);
  const engineUs = bench.cpuUs() - before;
  const raw = await bench.insertRaw(schema, rate);
  return {
    sqliteNode: sqlite.cpuUs / sqlite.tokens,
    postgresNode: rate.cpuUs / rate.tokens,
    postgresEngine: engineUs / rate.tokens,
    rawEngine: raw.engineUs / rate.tokens,
  };
}

export interface Rates {
  readonly log: number;
  readonly raw: number;
  /** CPU of the engine per row, of the log and raw. */
  readonly logEngineUs: number;
  readonly rawEngineUs: number;
  readonly rowsPerFlush: number;
}

/** Rows per second at saturation. */
export async function measureRates(
  bench: EngineBench,
  runs: number,
  { warmMs, measureMs }: Times,
): Promise<Rates> {
  const schema = bench.nextSchema();
  await using peer = await bench.openPostgres(schema);
  await peer.begin(runs);
  await peer.saturate(warmMs);
  const log = { rows: 0, ms: 0, engineUs: 0, flushes: 0 };
  const raw = { ms: 0, engineUs: 0 };
  // In turns, so that other load on the machine meets both.
  for (let part = 0; part < parts; part += 1) {
    const before = bench.cpuUs();
    const rate = await peer.saturate(measureMs / parts);
    log.engineUs += bench.cpuUs() - before;
    log.rows += rate.rows;
    log.ms += rate.ms;
    log.flushes += rate.flushSizes.length;
    const inserted = await bench.insertRaw(schema, rate);
    raw.ms += inserted.ms;
    raw.engineUs += inserted.engineUs;
  }
  return {
    log: (log.rows / log.ms) * 1000,
    raw: (log.rows / raw.ms) * 1000,
    logEngineUs: log.engineUs / log.rows,
    rawEngineUs: raw.engineUs / log.rows,
    rowsPerFlush: log.rows / log.flushes,
  };
}

/** From a token's birth to a watcher: in the process of SQLite, and at the other node of PostgreSQL. */
export async function measureFollowers(
  bench: EngineBench,
  { warmMs, measureMs }: Times,
): Promise<{ readonly sqlite: Ages; readonly other: Ages; readonly lost: number }> {
  const runs = 100;
  const sqlite = await (async () => {
    await using peer = await bench.openSqlite();
    await peer.begin(runs);
    await peer.pace(single, warmMs);
    await peer.watch();
    await peer.pace(single, measureMs);
    return await peer.ages();
  })();
  const schema = bench.nextSchema();
  await using writer = await bench.openPostgres(schema, 'writer');
  await using watcher = await bench.openPostgres(schema, 'watcher');
  await writer.begin(runs);
  await writer.pace(single, warmMs);
  await watcher.watch();
  const rate = await writer.pace(single, measureMs);
  const other = await arrived(() => watcher.ages(), rate.tokens);
  return { sqlite, other, lost: rate.tokens - other.count };
}

/** Some of the warm-up may still arrive, so that there are more. */
async function arrived(ages: () => Promise<Ages>, tokens: number): Promise<Ages> {
  for (let tries = 0; ; tries += 1) {
    const present = await ages();
    if (present.count >= tokens || tries === 200) return present;
  }
}

/** Rows per second of all nodes together, with one node and with two, with as many runs. */
export async function measureTwoNodes(
  bench: EngineBench,
  { warmMs, measureMs }: Times,
): Promise<{ readonly one: number; readonly two: number }> {
  const runs = 250;
  const rates: number[] = [];
  for (const names of [['a'], ['a', 'b']]) {
    const schema = bench.nextSchema();
    await using opened = new AsyncDisposableStack();
    const peers = await Promise.all(names.map((name) => bench.openPostgres(schema, name)));
    for (const peer of peers) opened.use(peer);
    const each = (2 * runs) / names.length;
    await Promise.all(peers.map((peer, index) => peer.begin(each, index * each)));
    await Promise.all(peers.map((peer) => peer.saturate(warmMs)));
    const all = await Promise.all(peers.map((peer) => peer.saturate(measureMs)));
    rates.push(all.reduce((sum, { rows, ms }) => sum + (rows / ms) * 1000, 0));
  }
  const [one = Number.NaN, two = Number.NaN] = rates;
  return { one, two };
}
