import type { Browser, Page } from 'playwright-core';

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
}

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
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'],
  });
  await page.evaluate(observeLongTasks);
  await act();
  const longTasks = await page.evaluate(() =>
    (globalThis as unknown as { takeLongTasks(): number[] }).takeLongTasks(),
  );
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
  return { tasks, longTasks, frames: events.filter(({ name }) => name === 'FireAnimationFrame').length };
}

/** From now on: what was before, the start of the trace among it, is not the page's doing. */
function observeLongTasks(): void {
  const fromMs = performance.now();
  const longTasks: number[] = [];
  const note = (entries: PerformanceEntryList) => {
    for (const { startTime, duration } of entries) {
      if (startTime >= fromMs) longTasks.push(Math.round(duration));
    }
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: 'longtask', buffered: true });
  const takeLongTasks = () => {
    note(observer.takeRecords());
    observer.disconnect();
    return longTasks;
  };
  Object.assign(globalThis, { takeLongTasks });
}
