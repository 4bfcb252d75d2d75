import type { FlushStats } from '../log/flush-monitor.ts';
import type { NotificationStats } from '../log/ordered-notifications.ts';
import type { NodeStatus } from '../runs/node-status.ts';
import type { Instruments } from '../runtime/instruments.ts';
import { counter, gauge, histogram, labelledHistogram, type Metric } from './metric.ts';

export interface LogMetricsOptions {
  readonly instruments: Pick<Instruments, 'flushes' | 'relayedCommands'>;
  /** What only a log in PostgreSQL has. */
  readonly shared: SharedLogSources | undefined;
}

export interface SharedLogSources {
  readonly flushStats: () => Pick<FlushStats, 'openFlushMs' | 'queueUsage'>;
  readonly notificationStats: () => NotificationStats & { readonly reconnects: number };
  readonly nodeStatus: () => NodeStatus | undefined;
}

/** The event log. */
export function logMetrics({ instruments, shared }: LogMetricsOptions): readonly Metric[] {
  const { flushes } = instruments;
  return [
    histogram(
      {
        name: 'stagewire_log_flush_duration_seconds',
        help: 'Duration of a flush: a commit of the log, with the appends of all runs that waited.',
      },
      flushes.duration,
    ),
    histogram({ name: 'stagewire_log_flush_events', help: 'Events of a flush.' }, flushes.events),
    counter(
      {
        name: 'stagewire_log_rejected_appends_total',
        help: 'Appends that the log has rejected in a flush: their run has another writer, or was set aside.',
      },
      () => flushes.rejected,
    ),
    counter(
      {
        name: 'stagewire_log_failed_flushes_total',
        help: 'Flushes that failed, or whose response was lost.',
      },
      () => flushes.unanswered,
    ),
    ...(shared === undefined ? [] : nodeMetrics(instruments, shared)),
  ];
}

function nodeMetrics(
  { relayedCommands }: Pick<Instruments, 'relayedCommands'>,
  { flushStats, notificationStats, nodeStatus }: SharedLogSources,
): readonly Metric[] {
  return [
    gauge(
      {
        name: 'stagewire_log_open_flush_age_seconds',
        help: 'PostgreSQL only: age of the flush that is in progress; 0 if there is none.',
      },
      () => flushStats().openFlushMs / 1000,
    ),
    gauge(
      {
        name: 'stagewire_node_lag_positions',
        help: 'PostgreSQL only: committed events that this node knows of and has not published to its subscribers yet.',
      },
      () => notificationStats().lag,
    ),
    counter(
      {
        name: 'stagewire_node_repairs_total',
        help: 'PostgreSQL only: how often events were read from the log, since their notification was lost, came late, or had no text.',
      },
      () => notificationStats().repairs,
    ),
    counter(
      {
        name: 'stagewire_node_repaired_events_total',
        help: 'PostgreSQL only: events that were read in these repairs.',
      },
      () => notificationStats().repairedEntries,
    ),
    counter(
      {
        name: 'stagewire_node_reconnects_total',
        help: 'PostgreSQL only: how often the session of the log was connected again.',
      },
      () => notificationStats().reconnects,
    ),
    gauge(
      {
        name: 'stagewire_notification_queue_usage_ratio',
        help: 'PostgreSQL only: part of the notification queue of the database that is in use, 0 to 1, as last seen. If it is full, nothing can be appended.',
      },
      () => flushStats().queueUsage,
    ),
    gauge(
      {
        name: 'stagewire_node_lease_age_seconds',
        help: 'PostgreSQL only: time since the last renewal of the lease of this node.',
      },
      () => seconds(nodeStatus()?.sinceRenewalMs),
    ),
    gauge(
      {
        name: 'stagewire_node_lease_duration_seconds',
        help: 'PostgreSQL only: how long a lease is valid after its renewal (STAGEWIRE_LEASE_MS).',
      },
      () => seconds(nodeStatus()?.leaseMs),
    ),
    gauge(
      {
        name: 'stagewire_node_clock_offset_seconds',
        help: 'PostgreSQL only: how far the clock of the database is ahead of that of this machine; negative if it is behind.',
      },
      () => seconds(nodeStatus()?.clockOffsetMs),
    ),
    labelledHistogram(
      {
        name: 'stagewire_relayed_command_duration_seconds',
        labels: ['outcome'],
        help: 'PostgreSQL only: commands that were sent to the node of their run, by what came back: a `receipt`, a `rejection`, `no_executor`, or `unavailable`.',
      },
      relayedCommands,
    ),
  ];
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
