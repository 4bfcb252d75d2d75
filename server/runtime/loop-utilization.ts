import { performance } from 'node:perf_hooks';

/** Utilization of this thread's event loop since the last call, from 0 (idle) to 1. */
export function createLoopUtilization(): () => number {
  let since = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, since);
    since = now;
    return utilization;
  };
}
