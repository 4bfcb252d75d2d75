import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventLog } from '../../../server/log/event-log.ts';
import { createSqliteLog } from '../../../server/log/sqlite.ts';
import { systemClock } from '../../../server/runtime/clock.ts';
import { cpuUsSince } from '../cpu-us-since.ts';
import { liveRun, replayRun } from '../followed-runs.ts';
import { startMeasured } from '../measured-process.ts';
import { median } from '../statistics.ts';
import { storedInstant, storedRunId, storeRun } from '../stored-runs.ts';
import type { Curve, Growth } from './curve.ts';
import { createPoints } from './points.ts';

const eventsPerRun = 20;
const runsPerList = 25;
const eventsPerPage = 500;
const rounds = 5;

const curves = {
  restart: { what: 'start of the server until it is ready', unit: 'ms', costOf: 'all' },
  open: { what: 'opening the log', unit: 'ms', costOf: 'all' },
  listed: { what: `list: the newest ${runsPerList} runs`, unit: 'µs', costOf: 'one' },
  listedDeep: { what: `list: ${runsPerList} runs from the middle on`, unit: 'µs', costOf: 'one' },
  searched: { what: 'search without a match', unit: 'ms', costOf: 'all' },
  feedPage: { what: `feed: the last page of ${eventsPerPage} events`, unit: 'µs', costOf: 'one' },
  feedPageDeep: { what: 'feed: a page from the middle', unit: 'µs', costOf: 'one' },
  feedWithoutDeltas: { what: 'feed: a page from the middle, without deltas', unit: 'µs', costOf: 'one' },
  head: { what: 'end of an ended run', unit: 'µs', costOf: 'one' },
  joined: { what: `late join of a run of ${eventsPerRun} events`, unit: 'µs', costOf: 'one' },
  appended: { what: 'append with a subscriber, per event', unit: 'µs', costOf: 'one' },
} as const satisfies Record<string, Omit<Curve, 'points'>>;

/** Ended runs in the log, which is one file that becomes longer. */
export const storedEvents: Growth = {
  id: 'stored',
  async measure({ quick, long, serverArguments, log: say }) {
    const most = quick ? 4 : long ? 7 : 6;
    const amounts = Array.from({ length: most - 2 }, (_, index) => 10 ** (index + 3));
    const folder = await mkdtemp(join(tmpdir(), 'stagewire-growth-'));
    await using opened = new AsyncDisposableStack();
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'log.db');
    const points = createPoints(curves);
    let runs = 0;
    // The compilers come first: what they cost would be counted for the smallest log.
    for (const [index, amount] of [1000, ...amounts].entries()) {
      await fill(path, { from: runs, to: amount / eventsPerRun });
      runs = amount / eventsPerRun;
      const add = (name: keyof typeof curves, cost: number) => {
        if (index > 0) points.add(name, amount, cost);
      };
      add('restart', await startMs(folder, serverArguments));
      const openUs: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const begun = process.cpuUsage();
        const log = createSqliteLog({ path, clock: systemClock });
        openUs.push(cpuUsSince(begun));
        await log.close();
      }
      add('open', median(openUs) / 1000);
      const log = createSqliteLog({ path, clock: systemClock });
      await measureReads(log, { runs, add });
      await measureAppends(log, { index, add });
      await log.close();
      say(`  ${amount.toLocaleString('en')} events: ${points.latest()}`);
    }
    return {
      id: 'stored',
      grows: 'stored events',
      notes: [
        `ended runs of ${eventsPerRun} events each, written to the log directly; the files are in the cache of the system`,
        'a search looks at 100,000 runs at most, and says how far it came',
      ],
      curves: points.curves(),
    };
  },
};

async function fill(path: string, { from, to }: { readonly from: number; readonly to: number }) {
  const log = createSqliteLog({ path, clock: systemClock });
  const atOnce = 50;
  for (let first = from; first < to; first += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, to - first) }, (_, index) => first + index);
    await Promise.all(
      some.map((ordinal) => storeRun(log, { runId: storedRunId('old', ordinal), ordinal }, eventsPerRun)),
    );
  }
  await log.close();
}

/** Milliseconds of CPU until the server is ready. */
async function startMs(folder: string, nodeArguments: readonly string[]): Promise<number> {
  const tookMs: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const env = { BENCH_PROVIDER: 'http://127.0.0.1:9/v1', BENCH_DATA: folder };
    await using app = await startMeasured('app-process', { env, nodeArguments });
    tookMs.push((await app.usage()).cpuUs / 1000);
  }
  return median(tookMs);
}

interface Taker {
  add(name: keyof typeof curves, cost: number): void;
}

async function measureReads(log: EventLog, { runs, add }: Taker & { readonly runs: number }) {
  const last = await log.lastGlobalPosition();
  const before = { queuedAt: storedInstant(runs / 2), runId: storedRunId('old', runs / 2) };
  const half = Math.floor(last / 2);
  const limit = eventsPerPage;
  add('listed', await cpuUsOf(20, () => log.listPage({ limit: runsPerList })));
  add('listedDeep', await cpuUsOf(20, () => log.listPage({ limit: runsPerList, before })));
  add('searched', (await cpuUsOf(1, () => log.listPage({ limit: runsPerList, search: ['absent'] }))) / 1000);
  add('feedPage', await cpuUsOf(10, () => log.readAll({ after: last - limit, limit })));
  add('feedPageDeep', await cpuUsOf(10, () => log.readAll({ after: half, limit })));
  add('feedWithoutDeltas', await cpuUsOf(10, () => log.readAll({ after: half, limit: 10, deltas: false })));
  // Others each time, spread over all of them.
  let next = 0;
  const someRun = () => storedRunId('old', (next++ * 7919) % runs);
  add('head', await cpuUsOf(100, () => log.head(someRun())));
  add('joined', await cpuUsOf(20, () => replayRun(log, someRun())));
}

async function measureAppends(log: EventLog, { index, add }: Taker & { readonly index: number }) {
  const events = 1000;
  let next = 0;
  const append = () => liveRun(log, storedRunId(`new${index}`, next++), events);
  add('appended', (await cpuUsOf(1, append)) / events);
}

/** Microseconds of CPU for one time, the median of the rounds. */
async function cpuUsOf(times: number, work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = process.cpuUsage();
    for (let time = 0; time < times; time += 1) await work();
    taken.push(cpuUsSince(begun) / times);
  }
  return median(taken);
}
