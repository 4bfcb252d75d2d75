import type { Browser, Page } from 'playwright-core';
import { median } from '../bench/statistics.ts';

/** A task of the page's main thread, in milliseconds. */
export interface MainThreadTask {
  /** By the clock, from its beginning to its end. */
  readonly clockMs: number;
  /** What the thread itself worked: the clock less the time in which it had no core. */
  readonly ownMs: number;
}

export interface MainThread {
  /** Longest of their own first. */
  readonly tasks: readonly MainThreadTask[];
  /** What the page itself is told of tasks over 50 ms by the clock, in milliseconds. */
  readonly longTasks: readonly number[];
  /** Pictures for which the page had something to draw. */
  readonly frames: number;
  /**
   * How much longer than on a quiet core of the machine of docs/PERFORMANCE.md the same work took meanwhile on this
   * thread, 1 or more: a core whose other half is busy is slower, also by the thread's own time.
   */
  readonly slowness: number;
}

/** What `work` takes on that machine, in milliseconds. */
const referenceMs = 2.4;

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** In microseconds by the clock. */
  readonly dur?: number;
  /** In microseconds of the thread's own time. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** What the main thread of the page does meanwhile, as the browser's trace and the page's own observer tell it. */
export async function watchMainThread(
  browser: Browser,
  page: Page,
  act: () => Promise<void>,
): Promise<MainThread> {
  await page.evaluate(compileWork);
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'],
  });
  await page.evaluate(observe);
  await act();
  const { longTasks, workMs } = await page.evaluate(() => (globalThis as Observing).takeObserved());
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid}:${tid}`;
  const mains = new Set(
    traceEvents
      .filter((event) => event.name === 'thread_name' && event.args?.name === 'CrRendererMain')
      .map(threadOf),
  );
  const events = traceEvents.filter((event) => mains.has(threadOf(event)));
  const tasks = events
    .filter(({ name }) => name === 'RunTask')
    .map(({ dur = 0, tdur = 0 }) => ({ clockMs: dur / 1000, ownMs: tdur / 1000 }))
    .sort((one, other) => other.ownMs - one.ownMs);
  const frames = events.filter(({ name }) => name === 'FireAnimationFrame').length;
  return { tasks, longTasks, frames, slowness: Math.max(1, median(workMs) / referenceMs) };
}

interface Observed {
  readonly longTasks: readonly number[];
  readonly workMs: readonly number[];
}

type Observing = typeof globalThis & { work(): number; takeObserved(): Observed };

/** A known piece of work, compiled before anything is measured. */
function compileWork(): void {
  const work = () => {
    let counts = new Map<string, number>();
    for (let at = 0; at < 10_000; at += 1) {
      const word = `word-${(at * 7919) % 613}`;
      counts.set(word, (counts.get(word) ?? 0) + 1);
      if (counts.size > 600) counts = new Map();
    }
    return counts.size;
  };
  for (let turn = 0; turn < 20; turn += 1) work();
  Object.assign(globalThis, { work });
}

/** From now on: what was before, the start of the trace among it, is not the page's doing. */
function observe(): void {
  const workMs: number[] = [];
  const working = setInterval(() => {
    const from = performance.now();
    (globalThis as Observing).work();
    workMs.push(performance.now() - from);
  }, 50);
  const fromMs = performance.now();
  const longTasks: number[] = [];
  const note = (entries: PerformanceEntryList) => {
    for (const { startTime, duration } of entries) {
      if (startTime >= fromMs) longTasks.push(Math.round(duration));
    }
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: 'longtask', buffered: true });
  const takeObserved = (): Observed => {
    note(observer.takeRecords());
    observer.disconnect();
    clearInterval(working);
    return { longTasks, workMs };
  };
  Object.assign(globalThis, { takeObserved });
}
