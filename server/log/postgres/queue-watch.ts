import type { Clock } from '../../runtime/clock.ts';
import type { FlushMonitor } from '../flush-monitor.ts';

export interface QueueWatchOptions {
  /** `poke`: notifications have no text of runs. @default 'ship' */
  readonly notify?: 'ship' | 'poke';
  /**
   * While more than this part of the engine's notification queue is in use, 0 to 1, notifications have no text: one client that
   * does not read its notifications keeps those of all, and a full queue fails every append. @default 0.01
   */
  readonly maxQueueUsage?: number;
  /** How often an append also reads the use of the queue, in milliseconds. @default 1000 */
  readonly queueCheckMs?: number;
}

/** Decides whether notifications have the text of events. */
export interface QueueWatch {
  readonly shipsEvents: boolean;
  /** Should the next statement read the use of the queue? */
  isDue(): boolean;
  /** @param usage 0 to 1 */
  seen(usage: number): void;
  /** A node without others sends no text: no other node would read it. @default there are others */
  setPeers(hasPeers: boolean): void;
}

export function createQueueWatch(
  options: QueueWatchOptions & { readonly clock: Clock; readonly monitor: FlushMonitor },
): QueueWatch {
  const { clock, monitor, notify = 'ship', maxQueueUsage = 0.01, queueCheckMs = 1000 } = options;
  let isFull = false;
  let hasPeers = true;
  let checkedMs = -Infinity;
  const ships = () => notify === 'ship' && !isFull;
  monitor.setQueue({ usage: 0, isShipping: ships() });

  return {
    get shipsEvents() {
      return hasPeers && ships();
    },
    isDue: () => clock.elapsed() - checkedMs >= queueCheckMs,
    setPeers(has) {
      hasPeers = has;
    },
    seen(usage) {
      checkedMs = clock.elapsed();
      isFull = usage > maxQueueUsage;
      monitor.setQueue({ usage, isShipping: ships() });
    },
  };
}
