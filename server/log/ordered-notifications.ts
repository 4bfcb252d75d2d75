import type { Clock } from '../runtime/clock.ts';
import type { EventLog, GlobalEntry } from './event-log.ts';
import { createListeners } from './listeners.ts';

/** One notification of a log: the entries that a commit added. */
export interface Notification {
  /** The global position of the last entry before these, of any run. */
  readonly base: number;
  /** By increasing global position. */
  readonly entries: readonly GlobalEntry[];
}

/** Turns notifications that may be lost, duplicated, late or out of order into a gapless, ordered `watchAll`. */
export interface OrderedNotifications extends Pick<EventLog, 'watch' | 'watchAll'> {
  /** All entries up to this global position have been published. */
  readonly publishedPosition: number;
  stats(): NotificationStats;
  /** Takes a notification. If entries before it are missing, they are read from the log. */
  offer(notification: Notification): void;
  /**
   * Publishes everything up to `globalPosition`: the only way to detect that the last notification was lost.
   *
   * @throws LogUnavailable if the log cannot be read.
   */
  catchUp(globalPosition: number): Promise<void>;
  /** Everything after `globalPosition` is lost: what has these positions next is published again. */
  rewind(globalPosition: number): void;
  /** Notifies the watchers of a run that it was set aside. */
  setAside(runId: string): void;
}

/** How far the notifications of a node are, and how often they were incomplete. */
export interface NotificationStats {
  /** Global positions that are known to exist and are not published yet. */
  readonly lag: number;
  /** How often entries were read since notifications of them were missing, and how many entries. */
  readonly repairs: number;
  readonly repairedEntries: number;
}

export interface OrderedNotificationsOptions {
  readonly clock: Clock;
  readonly readAll: EventLog['readAll'];
  /** Entries up to this global position are not published: those that existed at the start. */
  readonly fromPosition: number;
  /** Entries per page when missing ones are read. @default 1000 */
  readonly pageEntries?: number;
  /** Called when reading missing entries failed; the next notification or `catchUp` tries again. */
  onRepairFailed(error: unknown): void;
}

export function createOrderedNotifications(options: OrderedNotificationsOptions): OrderedNotifications {
  const { clock, readAll, pageEntries = 1000 } = options;
  const listeners = createListeners(clock);
  let publishedPosition = options.fromPosition;
  let wantedPosition = options.fromPosition;
  let repairing: Promise<void> | undefined;
  let rewinds = 0;
  let repairs = 0;
  let repairedEntries = 0;

  /** Skips known entries, so that no entry is published twice. */
  function publish(entries: readonly GlobalEntry[]): void {
    const news = entries.filter(({ globalPosition }) => globalPosition > publishedPosition);
    publishedPosition = news.at(-1)?.globalPosition ?? publishedPosition;
    listeners.publish(news);
  }

  async function repair(): Promise<void> {
    repairs += 1;
    while (publishedPosition < wantedPosition) {
      const until = wantedPosition;
      const rewindsBefore = rewinds;
      const entries = await readAll({ after: publishedPosition, limit: pageEntries });
      if (rewinds !== rewindsBefore) continue;
      repairedEntries += entries.length;
      publish(entries);
      // Entries that are no longer in the log were removed with their run: do not wait for them.
      if (entries.length < pageEntries) publishedPosition = Math.max(publishedPosition, until);
    }
  }

  /** One repair at a time, however many notifications request it meanwhile. */
  function catchUp(globalPosition: number): Promise<void> {
    wantedPosition = Math.max(wantedPosition, globalPosition);
    if (publishedPosition >= globalPosition) return Promise.resolve();
    repairing ??= repair().finally(() => {
      repairing = undefined;
    });
    return repairing;
  }

  return {
    get publishedPosition() {
      return publishedPosition;
    },
    stats: () => ({ lag: wantedPosition - publishedPosition, repairs, repairedEntries }),
    offer({ base, entries }) {
      const last = entries.at(-1)?.globalPosition ?? base;
      if (base <= publishedPosition) {
        wantedPosition = Math.max(wantedPosition, last);
        return publish(entries);
      }
      catchUp(last).catch(options.onRepairFailed);
    },
    catchUp,
    rewind(globalPosition) {
      rewinds += 1;
      publishedPosition = Math.min(publishedPosition, globalPosition);
      wantedPosition = publishedPosition;
    },
    setAside: (runId) => listeners.setAside(runId),
    watch: (runId, listener) => listeners.watch(runId, listener),
    watchAll: (listener) => listeners.watchAll(listener),
  };
}
