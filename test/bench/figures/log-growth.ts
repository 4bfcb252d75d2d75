import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteLog } from '../../../server/log/sqlite.ts';
import { systemClock } from '../../../server/runtime/clock.ts';
import { compare } from '../compare.ts';
import type { Measurement } from '../figure.ts';
import { median } from '../statistics.ts';
import { cpuUsSince } from '../cpu-us-since.ts';
import { liveRun, replayRun } from '../followed-runs.ts';
import { storedRunId, storeRun } from '../stored-runs.ts';

const small = 1000;
const eventsPerRun = 1000;

export const logGrowth: Measurement = {
  id: 'P10',
  what: 'cost as the log grows',
  async measure({ rounds, quick, log: say }) {
    const large = quick ? 100_000 : 1_000_000;
    await using opened = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'stagewire-bench-'));
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    const open = async (stored: number) => {
      const log = createSqliteLog({ path: join(folder, `${stored}.db`), clock: systemClock });
      opened.defer(() => log.close());
      for (let run = 0; run < stored / eventsPerRun; run += 1)
        await storeRun(log, { runId: storedRunId('old', run) }, eventsPerRun);
      return log;
    };
    const logs = [await open(small), await open(large)] as const;
    const live: [number[], number[]] = [[], []];
    const replay: [number[], number[]] = [[], []];
    const more = quick ? 1000 : 2500;
    for (let round = -1; round < rounds * 2; round += 1) {
      for (const which of [0, 1] as const) {
        const log = logs[which];
        const id = storedRunId('new', round + 1);
        const begun = process.cpuUsage();
        await liveRun(log, id, more);
        const lived = cpuUsSince(begun) / more;
        const old = storedRunId('old', which === 0 ? 0 : (round + 7) * 3);
        const again = process.cpuUsage();
        for (let time = 0; time < 10; time += 1) await replayRun(log, old);
        const replayed = cpuUsSince(again) / (10 * eventsPerRun);
        if (round < 0) continue;
        live[which].push(lived);
        replay[which].push(replayed);
      }
    }
    say(
      `  append and follow ${median(live[0]).toFixed(1)} → ${median(live[1]).toFixed(1)} µs, replay ${median(replay[0]).toFixed(1)} → ${median(replay[1]).toFixed(1)} µs`,
    );
    const common = {
      unit: 'µs',
      compares: 'ratio' as const,
      goal: '≤ 1.2 ×',
      isMet: (ratio: number) => ratio <= 1.2,
      notes: [
        `${large.toLocaleString('en')} stored events against ${small.toLocaleString('en')}; CPU per event`,
      ],
    };
    return {
      figures: [
        compare({
          ...common,
          id: 'P10a',
          what: 'append one event per event loop iteration, one subscriber',
          ours: live[1],
          baseline: live[0],
        }),
        compare({ ...common, id: 'P10b', what: 'replay a stored run', ours: replay[1], baseline: replay[0] }),
      ],
    };
  },
};
