import { performance } from 'node:perf_hooks';
import type { LoopDelay } from '../runtime/loop-delay.ts';
import type { MemoryAccount } from '../runtime/memory-account.ts';
import { counter, gauge, gaugeOf, type Metric } from './metric.ts';

export interface ProcessMetricsOptions {
  readonly account: Pick<MemoryAccount, 'report'>;
  readonly loopDelay: Pick<LoopDelay, 'recent'>;
  /** Of this program. */
  readonly version: string;
}

/** The process, its event loop and its memory. */
export function processMetrics({ account, loopDelay, version }: ProcessMetricsOptions): readonly Metric[] {
  const memory = (of: 'heldBytes' | 'limitBytes') =>
    Object.fromEntries(Object.entries(account.report()).map(([kind, row]) => [kind, row[of]]));
  return [
    gaugeOf(
      {
        name: 'stagewire_build_info',
        label: 'version',
        help: 'Always 1; the version of the server as a label.',
      },
      () => ({ [version]: 1 }),
    ),
    gaugeOf(
      {
        name: 'stagewire_event_loop_delay_seconds',
        label: 'stat',
        help: 'Delay of the event loop over the last 30 to 60 s: `p50`, `p99`, `max`. 0 at the first request.',
      },
      () => {
        const { p50, p99, max } = loopDelay.recent();
        return { p50: p50 / 1000, p99: p99 / 1000, max: max / 1000 };
      },
    ),
    counter(
      {
        name: 'stagewire_event_loop_active_seconds_total',
        help: 'Time in which the event loop was busy: its rate is the utilization, from 0 to 1.',
      },
      () => performance.eventLoopUtilization().active / 1000,
    ),
    gaugeOf(
      {
        name: 'stagewire_memory_held_bytes',
        label: 'kind',
        help: 'Memory in use by the account of the server, by kind, and `total` (OPERATIONS.md, Memory).',
      },
      () => memory('heldBytes'),
    ),
    gaugeOf(
      {
        name: 'stagewire_memory_limit_bytes',
        label: 'kind',
        help: 'Limit of each kind, and of all together.',
      },
      () => memory('limitBytes'),
    ),
    counter({ name: 'process_cpu_seconds_total', help: 'User and system CPU time.' }, () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
    gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory.' }, () =>
      process.memoryUsage.rss(),
    ),
    gauge(
      { name: 'process_start_time_seconds', help: 'Start of the process, in seconds since the Unix epoch.' },
      () => performance.timeOrigin / 1000,
    ),
    gauge(
      { name: 'nodejs_heap_size_used_bytes', help: 'Heap in use.' },
      () => process.memoryUsage().heapUsed,
    ),
  ];
}
