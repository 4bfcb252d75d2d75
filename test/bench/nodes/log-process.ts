import { isDelta } from '@stagewire/shared';
import { openDatabase } from '../../../server/log/postgres/database.ts';
import { createPostgresLog } from '../../../server/log/postgres/postgres-log.ts';
import type { EventLog } from '../../../server/log/event-log.ts';
import { createSqliteLog } from '../../../server/log/sqlite.ts';
import { systemClock } from '../../../server/runtime/clock.ts';
import { quantile } from '../statistics.ts';
import { agesOf, createAppendLoad, type AppendLoad } from './append-load.ts';
import type { LogAnswer, LogOptions, LogOrder } from './log-peer.ts';

/** A log in a process of its own, that appends and watches on orders of its parent. */
const options = JSON.parse(process.argv[2] ?? '') as LogOptions;
let flushSizes: number[] = [];
const log = await open();
let load: AppendLoad | undefined;
let ages: number[] = [];
let unwatch: (() => void) | undefined;

async function open(): Promise<EventLog> {
  const clock = systemClock;
  if (options.log === 'sqlite') return createSqliteLog({ path: options.path, clock });
  const database = await openDatabase({ ...options, clock, random: () => Math.random() });
  const opened = createPostgresLog({ clock, database });
  opened.setPeers(options.hasPeers);
  opened.flushes.onFlush(({ events }) => flushSizes.push(events));
  return opened;
}

async function obey(order: LogOrder): Promise<Partial<LogAnswer>> {
  switch (order.do) {
    case 'begin':
      load = await createAppendLoad(log, order);
      return {};
    case 'saturate':
    case 'pace': {
      if (load === undefined) throw new Error('no runs have begun');
      flushSizes = [];
      const before = process.cpuUsage();
      const rate =
        order.do === 'pace'
          ? await load.pace(order.pace, order.durationMs)
          : await load.saturate(order.durationMs);
      const { user, system } = process.cpuUsage(before);
      return { rate: { ...rate, cpuUs: user + system, flushSizes } };
    }
    case 'watch':
      ages = [];
      unwatch?.();
      unwatch = log.watchAll((entries) => {
        for (const { event } of entries)
          if (isDelta(event)) ages.push(...agesOf((event as { text: string }).text));
      });
      return {};
    case 'ages':
      return { ages: { count: ages.length, p50: quantile(ages, 0.5), p99: quantile(ages, 0.99) } };
    case 'close':
      await log.close();
      return {};
    default:
      return order satisfies never;
  }
}

process.on('message', (order: LogOrder) => {
  obey(order).then(
    (answer) => process.send?.({ ...answer }),
    (error: unknown) => process.send?.({ problem: String(error) }),
  );
});
process.send?.({});
