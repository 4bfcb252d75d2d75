import type { Clock } from '../runtime/clock.ts';
import type { EventLog, LogEntry } from './event-log.ts';
import { createListeners } from './listeners.ts';

/** One notification of a log: what a commit has added. */
export interface Notification {
  /** The order of the last entry before these, of whatever run. */
  readonly base: number;
  /** In rising order. */
  readonly entries: readonly LogEntry[];
}

/** Makes notifications that may be lost, doubled, late or out of order into a gapless, ordered `watchAll`. */
export interface OrderedNotifications extends Pick<EventLog, 'watch' | 'watchAll'> {
  /** All entries up to this order have been published. */
  readonly knownOrder: number;
  /** Takes a notification. If it does not follow what is known, what is missing is read from the log. */
  offer(notification: Notification): void;
  /**
   * Publishes everything up to `order`; the way to find a lost last notification, which no other one reveals.
   *
   * @throws LogUnavailable if the log cannot be read.
   */
  catchUp(globalPosition: number): Promise<void>;
  /** Notifies the subscribers of a run that it was set aside. */
  setAside(runId: string): void;
}

export interface OrderedNotificationsOptions {
  readonly clock: Clock;
  readonly readAll: EventLog['readAll'];
  /** Entries up to this order are not published: those that were there at the start. */
  readonly fromOrder: number;
  /** Entries that are read at once in a repair. @default 1000 */
  readonly pageEntries?: number;
  /** Called when a repair failed; the next notification or `catchUp` tries again. */
  onRepairFailed(error: unknown): void;
}

export function createOrderedNotifications(options: OrderedNotificationsOptions): OrderedNotifications {
  const { clock, readAll, pageEntries = 1000 } = options;
  const listeners = createListeners(clock);
  let knownOrder = options.fromOrder;
  let wantedOrder = options.fromOrder;
  let repairing: Promise<void> | undefined;

  /** What is known already is left out, so that no entry is published twice. */
  function publish(entries: readonly LogEntry[]): void {
    const news = entries.filter(({ globalPosition }) => globalPosition > knownOrder);
    knownOrder = news.at(-1)?.globalPosition ?? knownOrder;
    listeners.publish(news);
  }

  async function repair(): Promise<void> {
    while (knownOrder < wantedOrder) {
      const until = wantedOrder;
      const entries = await readAll({ after: knownOrder, limit: pageEntries });
      publish(entries);
      // What is not in the log any more was removed with its run: nobody is to wait for it.
      if (entries.length < pageEntries) knownOrder = Math.max(knownOrder, until);
    }
  }

  /** One repair at a time, however many notifications ask for it meanwhile. */
  function catchUp(globalPosition: number): Promise<void> {
    wantedOrder = Math.max(wantedOrder, globalPosition);
    if (knownOrder >= globalPosition) return Promise.resolve();
    repairing ??= repair().finally(() => {
      repairing = undefined;
    });
    return repairing;
  }

  return {
    get knownOrder() {
      return knownOrder;
    },
    offer({ base, entries }) {
      const last = entries.at(-1)?.globalPosition ?? base;
      if (base <= knownOrder) {
        wantedOrder = Math.max(wantedOrder, last);
        return publish(entries);
      }
      catchUp(last).catch(options.onRepairFailed);
    },
    catchUp,
    setAside: (runId) => listeners.setAside(runId),
    watch: (runId, listener) => listeners.watch(runId, listener),
    watchAll: (listener) => listeners.watchAll(listener),
  };
}
