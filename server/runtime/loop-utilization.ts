import { performance } from 'node:perf_hooks';

/** How busy the event loop of this thread was since this was asked last, from 0 (idle) to 1. */
export function createLoopUtilization(): () => number {
  let since = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, since);
    since = now;
    return utilization;
  };
}
