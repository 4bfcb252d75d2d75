import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DurableEvent } from '@stagewire/shared';
import { subscribeToRun } from '../../../server/delivery/subscribe-to-run.ts';
import type { EventLog } from '../../../server/log/event-log.ts';
import { createSqliteLog } from '../../../server/log/sqlite.ts';
import { createTails } from '../../../server/delivery/tails.ts';
import { systemClock } from '../../../server/runtime/clock.ts';
import { compare } from '../compare.ts';
import { Invalid, type Measurement } from '../figure.ts';
import { median } from '../statistics.ts';

const small = 1000;
const eventsPerRun = 1000;
const at = '2026-01-01T00:00:00.000Z';

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
      for (let run = 0; run < stored / eventsPerRun; run += 1) await fill(log, idOf('old', run));
      return log;
    };
    const logs = [await open(small), await open(large)] as const;
    const live: [number[], number[]] = [[], []];
    const replay: [number[], number[]] = [[], []];
    const more = quick ? 1000 : 2500;
    for (let round = -1; round < rounds * 2; round += 1) {
      for (const which of [0, 1] as const) {
        const log = logs[which];
        const id = idOf('new', round + 1);
        const begun = process.cpuUsage();
        await liveRun(log, id, more);
        const lived = cpuUs(begun) / more;
        const old = idOf('old', which === 0 ? 0 : (round + 7) * 3);
        const again = process.cpuUsage();
        for (let time = 0; time < 10; time += 1) await replayRun(log, old);
        const replayed = cpuUs(again) / (10 * eventsPerRun);
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
          what: 'append one event per turn, one follower',
          ours: live[1],
          baseline: live[0],
        }),
        compare({ ...common, id: 'P10b', what: 'replay a stored run', ours: replay[1], baseline: replay[0] }),
      ],
    };
  },
};

function idOf(kind: string, ordinal: number): string {
  return `run_bench-${kind}-${String(ordinal).padStart(8, '0')}`;
}

function queued(runId: string): DurableEvent {
  return {
    type: 'run.queued',
    runId,
    seq: 1,
    at,
    task: 'bench',
    owner: 'local',
    actor: { id: 'local', kind: 'anonymous' },
    pipeline: { roles: ['architect'], maxRefinements: 0 },
    instructions: {},
    models: { default: 'rehearsal' },
    limits: { maxAttemptsPerStage: 8, maxDurationMs: 1000 },
    labels: {},
    digest: '',
  };
}

function delta(runId: string, seq: number): DurableEvent {
  const place = { stage: 1, role: 'architect', attempt: 1 };
  return { type: 'stage.delta', runId, seq, at, ...place, offset: (seq - 2) * 5, text: ' word' };
}

function cancelled(runId: string, seq: number): DurableEvent {
  const actor = { id: 'local', kind: 'anonymous' } as const;
  return { type: 'run.cancelled', runId, seq, at, commandId: '00000000-0000-4000-8000-000000000000', actor };
}

async function fill(log: EventLog, runId: string): Promise<void> {
  const deltas = Array.from({ length: eventsPerRun - 2 }, (_, index) => delta(runId, index + 2));
  const events = [queued(runId), ...deltas, cancelled(runId, eventsPerRun)];
  await log.append({ runId, epoch: 1, expectedSeq: 0, events });
}

/** So many events, each committed by itself, while somebody follows. */
async function liveRun(log: EventLog, runId: string, count: number): Promise<void> {
  await log.append({ runId, epoch: 1, expectedSeq: 0, events: [queued(runId)] });
  const followed = replayRun(log, runId);
  for (let seq = 2; seq <= count; seq += 1) {
    const event = seq === count ? cancelled(runId, seq) : delta(runId, seq);
    await log.append({ runId, epoch: 1, expectedSeq: seq - 1, events: [event] });
  }
  if ((await followed) !== count) throw new Invalid('the follower has not heard everything');
}

/** Follows a run to its end; resolves with its last seq. */
async function replayRun(log: EventLog, runId: string): Promise<number> {
  const tails = createTails(log, { clock: systemClock });
  const { signal } = new AbortController();
  let last = 0;
  const include = { reasoning: true };
  const options = { runId, after: 0, include, signal, heartbeatMs: 1000, heartbeat: () => undefined };
  for await (const { event } of subscribeToRun(tails, options)) last = event.seq;
  return last;
}

function cpuUs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}
