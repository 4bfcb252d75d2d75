import type { EventLog } from '../../server/log/event-log.ts';
import { subscribeToRun } from '../../server/delivery/subscribe-to-run.ts';
import type { TransientBody } from '@stagewire/shared';
import type { SubscribeOptions } from '../../server/delivery/subscribe-options.ts';
import type { SequencedEvent } from '../../server/delivery/subscribe-options.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createTails } from '../../server/delivery/tails.ts';
import type { TailsOptions } from '../../server/delivery/tails.ts';
import { createFakeClock } from './fake-clock.ts';
import { createReader } from './reader.ts';
import { createRunScript, runIdOf } from './run-script.ts';

/** The run that is followed. */
export const runId = runIdOf(1);
/** What it waits for in a gap. */
export const gap: TransientBody = { type: 'run.waiting', phase: 'queued', ahead: 3, elapsedMs: 5 };

/** A log whose watchers and readings are counted, so that sharing and tidying up can be seen. */
function counted(log: EventLog) {
  const counts = { watchers: 0, reads: 0 };
  let fork: (lastKept: number) => void = () => undefined;
  const watch: EventLog['watch'] = (id, listener) => {
    const stop = log.watch(id, listener);
    counts.watchers += 1;
    return () => {
      counts.watchers -= 1;
      stop();
    };
  };
  const read: EventLog['read'] = (id, page) => {
    counts.reads += 1;
    return log.read(id, page);
  };
  const watchForks: EventLog['watchForks'] = (listener) => {
    fork = listener;
    return log.watchForks(listener);
  };
  return { counts, log: { ...log, watch, read, watchForks }, fork: (lastKept: number) => fork(lastKept) };
}

interface StartOptions extends Partial<SubscribeOptions> {
  /** Does the subscription push its events? @default the reader pulls them */
  readonly pushed?: boolean;
}

/** A run, its log, and followers that a test starts, under a clock that the test moves. */
export function createFollowing(options: Omit<TailsOptions, 'clock'> = {}) {
  const clock = createFakeClock();
  const { log, counts, fork } = counted(createMemoryLog({ clock }));
  const tails = createTails(log, { clock, ...options });
  const run = createRunScript(runId);
  const append = async (...appends: Parameters<EventLog['append']>[0][]) => {
    const all = Promise.all(appends.map((one) => log.append(one)));
    await clock.runTurns();
    await all;
    await clock.runTurns();
  };
  const start = ({ pushed = false, ...options }: StartOptions = {}) =>
    createReader(({ signal, ready, sink }) =>
      subscribeToRun(tails, {
        runId,
        after: 0,
        include: { reasoning: true },
        heartbeatMs: 1000,
        heartbeat: () => gap,
        signal,
        ready,
        sink: pushed ? sink : undefined,
        ...options,
      }),
    );
  return { clock, log, tails, counts, fork, run, append, start };
}

/** An event in a few words. */
export const shown = ({ event }: SequencedEvent) =>
  `${event.firstSeq === undefined ? '' : `${event.firstSeq}–`}${event.seq} ${'text' in event ? event.text : event.type}`;
