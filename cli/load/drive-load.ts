import type { Stagewire } from '@stagewire/client';
import type { Clock } from '@stagewire/server/runtime/clock';
import { wait } from '@stagewire/server/runtime/wait';
import { createFigures, type Figures } from './figures.ts';
import { loadRun } from './load-run.ts';
import { loadCaps, type LoadSettings } from './load-settings.ts';
import { createRunPlanner } from './plan-runs.ts';

export interface DriveOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly control: Stagewire;
  readonly settings: LoadSettings;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Called with the id of each run before its start. */
  readonly onStart: (runId: string) => void;
  /** Called when the warm-up has ended and the measurement starts. */
  readonly onMeasuring: () => Promise<void>;
}

/** A load test that is running or has ended. */
export interface LoadDrive {
  /** The figures of the measured runs. */
  readonly figures: Figures;
  readonly phase: 'warm-up' | 'measuring' | 'waiting for runs' | 'ended';
  readonly liveRuns: number;
  /** The duration of the measurement so far. */
  readonly measuredMs: number;
  /** Starts runs as configured, waits for them, and cancels those that remain. */
  run(stop: AbortSignal): Promise<void>;
}

export function createLoadDrive(options: DriveOptions): LoadDrive {
  const { settings, clock, nowMs, onMeasuring, ...shared } = options;
  const { warmupMs, durationMs, drainMs, ratePerSecond, concurrency, runs } = settings;
  const figures = createFigures();
  const warmupFigures = createFigures();
  const live = new Set<Promise<void>>();
  const maxLive =
    ratePerSecond === undefined ? concurrency : Math.floor(loadCaps.sockets / settings.subscribers);
  let phase: LoadDrive['phase'] = 'warm-up';
  let measuringSinceMs: number | undefined;
  let measuredUntilMs: number | undefined;

  async function run(stop: AbortSignal): Promise<void> {
    const nextPlan = createRunPlanner(settings);
    const ended = new AbortController();
    const onStop = () => ended.abort();
    stop.addEventListener('abort', onStop, { once: true });
    const launch = (countedIn: Figures) => {
      const context = { ...shared, settings, clock, nowMs, figures: countedIn };
      const one = loadRun(context, nextPlan(), ended.signal).finally(() => live.delete(one));
      live.add(one);
    };

    await startRuns(stop, {
      forMs: warmupMs,
      atMost: warmupMs === 0 ? 0 : Infinity,
      countedIn: warmupFigures,
      launch,
    });
    await onMeasuring();
    phase = 'measuring';
    measuringSinceMs = nowMs();
    await startRuns(stop, { forMs: durationMs, atMost: runs ?? Infinity, countedIn: figures, launch });
    phase = 'waiting for runs';
    await Promise.race([Promise.all(live), wait(clock, drainMs, stop)]);
    measuredUntilMs = nowMs();
    ended.abort();
    await Promise.all(live);
    stop.removeEventListener('abort', onStop);
    phase = 'ended';
  }

  interface Phase {
    readonly forMs: number;
    readonly atMost: number;
    readonly countedIn: Figures;
    readonly launch: (countedIn: Figures) => void;
  }

  async function startRuns(stop: AbortSignal, { forMs, atMost, countedIn, launch }: Phase): Promise<void> {
    const sinceMs = nowMs();
    for (let index = 0; index < atMost; index += 1) {
      const dueMs = ratePerSecond === undefined ? 0 : (index * 1000) / ratePerSecond;
      const waitMs = sinceMs + dueMs - nowMs();
      if (waitMs > 0) await wait(clock, Math.min(waitMs, forMs), stop);
      if (ratePerSecond === undefined && live.size >= maxLive) await freeSlotOrEnd(sinceMs + forMs, stop);
      if (stop.aborted || nowMs() - sinceMs >= forMs) return;
      if (live.size >= maxLive) countedIn.count('starts_skipped');
      else launch(countedIn);
    }
  }

  /** Waits until a run has ended or the time is up. */
  async function freeSlotOrEnd(untilMs: number, stop: AbortSignal): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([stop, over.signal]);
    await Promise.race([...live, wait(clock, Math.max(0, untilMs - nowMs()), signal)]);
    over.abort();
  }

  return {
    figures,
    run,
    get phase() {
      return phase;
    },
    get liveRuns() {
      return live.size;
    },
    get measuredMs() {
      return measuringSinceMs === undefined ? 0 : (measuredUntilMs ?? nowMs()) - measuringSinceMs;
    },
  };
}
