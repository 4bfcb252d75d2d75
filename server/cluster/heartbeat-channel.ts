import type { TransientBody } from '@stagewire/shared';

/** What a silent run of another node is waiting for, as reported by that node. */
export interface HeartbeatReport {
  readonly runId: string;
  readonly heartbeat: TransientBody;
}

/** Publishes what silent runs are waiting for to the other nodes. A report may be lost: the next one follows soon. */
export interface HeartbeatChannel {
  publish(reports: readonly HeartbeatReport[]): void;
  /** Calls `listener` with the reports of other nodes. Returns a function that unsubscribes. */
  subscribe(listener: (reports: readonly HeartbeatReport[]) => void): () => void;
}
