import type { Clock } from '@stagewire/server/runtime/clock';
import { wait } from '@stagewire/server/runtime/wait';
import { createFigures, createFiguresOfPart, type Figures, type FiguresObserver } from './figures.ts';
import type { ForeignCallers } from './foreign-callers.ts';
import type { LoadAddress } from './load-address.ts';
import { loadRun } from './load-run.ts';
import { loadCaps, paceOf, warmupPaceOf, type LoadSettings } from './load-settings.ts';
import type { Pace } from './pace.ts';
import { createRunPlanner } from './plan-runs.ts';

export interface DriveOptions {
  /** At least one. */
  readonly addresses: readonly LoadAddress[];
  readonly foreignCallers: ForeignCallers;
  readonly settings: LoadSettings;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Called with the id of each run before its start, and the instant of `nowMs`. */
  readonly onStart: (runId: string, atMs: number) => void;
  /** Called with the id of each run that has ended for all of its subscribers. */
  readonly onEnded: (runId: string) => void;
  /** Called when the warm-up has ended and the measurement starts. */
  readonly onMeasuring: () => Promise<void>;
  /** Gets all measurements of the measured runs. */
  readonly observer: FiguresObserver;
  /** Aborted: no more runs are started, and those that are running are awaited. */
  readonly stopStarting: AbortSignal;
}

/** A load test that is running or has ended. */
export interface LoadDrive {
  /** The figures of the measured runs. */
  readonly figures: Figures;
  /** Where this run is counted: those of the warm-up are discarded. `undefined` for a run of somewhere else. */
  figuresOf(runId: string): Figures | undefined;
  /** Of these, those of each address. */
  readonly figuresOfAddresses: readonly Figures[];
  readonly phase: 'warm-up' | 'measuring' | 'waiting for runs' | 'ended';
  readonly liveRuns: number;
  /** Starts per second or concurrent runs that are due now. */
  readonly target: number;
  /** The duration of the measurement so far. */
  readonly measuredMs: number;
  /** Starts runs as configured, waits for them, and cancels those that remain. */
  run(stop: AbortSignal): Promise<void>;
}

/** How often a changing number of concurrent runs is looked at, in milliseconds. */
const targetStepMs = 100;

export function createLoadDrive(options: DriveOptions): LoadDrive {
  const { settings, clock, nowMs, onMeasuring, addresses, observer, stopStarting, onStart, ...shared } =
    options;
  const countedIns = new Map<string, Figures>();
  const { drainMs, runs } = settings;
  const pace = paceOf(settings);
  const figures = createFigures(observer);
  const warmupFigures = createFigures();
  const partsOf = (whole: Figures) => addresses.map(() => createFiguresOfPart(whole));
  const figuresOfAddresses = partsOf(figures);
  const parts = new Map([
    [figures, figuresOfAddresses],
    [warmupFigures, partsOf(warmupFigures)],
  ]);
  const live = new Set<Promise<void>>();
  let freed = Promise.withResolvers<void>();
  /** With a rate: runs that are not started since the server is slower than the rate. */
  const maxLive = Math.floor(loadCaps.sockets / settings.subscribers);
  let phase: LoadDrive['phase'] = 'warm-up';
  let measuringSinceMs: number | undefined;
  let measuredUntilMs: number | undefined;

  async function run(stop: AbortSignal): Promise<void> {
    const nextPlan = createRunPlanner(settings);
    const ended = new AbortController();
    const onStop = () => ended.abort();
    stop.addEventListener('abort', onStop, { once: true });
    const launch = (countedIn: Figures) => {
      const counted = addresses.map((address, index) => ({
        ...address,
        figures: parts.get(countedIn)?.[index] ?? countedIn,
      }));
      const noteStart = (runId: string, atMs: number) => {
        countedIns.set(runId, countedIn);
        onStart(runId, atMs);
      };
      const context = {
        ...shared,
        onStart: noteStart,
        addresses: counted,
        settings,
        clock,
        nowMs,
        figures: countedIn,
      };
      const one = loadRun(context, nextPlan(), ended.signal).finally(() => {
        live.delete(one);
        freed.resolve();
        freed = Promise.withResolvers();
      });
      live.add(one);
    };

    const starting = AbortSignal.any([stop, stopStarting]);
    const warmupPace = warmupPaceOf(settings);
    await startRuns(starting, { pace: warmupPace, atMost: Infinity, countedIn: warmupFigures, launch });
    await onMeasuring();
    phase = 'measuring';
    measuringSinceMs = nowMs();
    await startRuns(starting, { pace, atMost: runs ?? loadCaps.runs, countedIn: figures, launch });
    phase = 'waiting for runs';
    await Promise.race([Promise.all(live), wait(clock, drainMs, stop)]);
    measuredUntilMs = nowMs();
    ended.abort();
    await Promise.all(live);
    stop.removeEventListener('abort', onStop);
    phase = 'ended';
  }

  interface Phase {
    readonly pace: Pace;
    readonly atMost: number;
    readonly countedIn: Figures;
    readonly launch: (countedIn: Figures) => void;
  }

  async function startRuns(stop: AbortSignal, { pace, atMost, countedIn, launch }: Phase): Promise<void> {
    const sinceMs = nowMs();
    const leftMs = () => Math.max(0, sinceMs + pace.durationMs - nowMs());
    for (let index = 0; index < atMost; index += 1) {
      if (pace.kind === 'rate') {
        const waitMs = sinceMs + pace.dueMs(index) - nowMs();
        if (waitMs > 0) await wait(clock, Math.min(waitMs, leftMs()), stop);
      } else {
        while (live.size >= Math.ceil(pace.targetAt(nowMs() - sinceMs)) && leftMs() > 0 && !stop.aborted) {
          await freeSlot(Math.min(leftMs(), targetStepMs), stop);
        }
      }
      if (stop.aborted || leftMs() <= 0) return;
      if (pace.kind === 'rate' && live.size >= maxLive) countedIn.count('starts_skipped');
      else launch(countedIn);
    }
  }

  /** Waits until a run has ended or the time is up. */
  async function freeSlot(timeoutMs: number, stop: AbortSignal): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([stop, over.signal]);
    await Promise.race([freed.promise, wait(clock, timeoutMs, signal)]);
    over.abort();
  }

  return {
    figures,
    figuresOfAddresses,
    figuresOf: (runId) => countedIns.get(runId),
    run,
    get phase() {
      return phase;
    },
    get liveRuns() {
      return live.size;
    },
    get target() {
      return measuringSinceMs === undefined ? 0 : pace.targetAt(nowMs() - measuringSinceMs);
    },
    get measuredMs() {
      return measuringSinceMs === undefined ? 0 : (measuredUntilMs ?? nowMs()) - measuringSinceMs;
    },
  };
}
