import type { TransientBody } from '@stagewire/shared';

/** What a silent run of another node waits for, as that node has said. */
export interface WaitingReport {
  readonly runId: string;
  readonly waiting: TransientBody;
}

/** Tells the other nodes what silent runs wait for. A report may be lost: the next one comes soon. */
export interface WaitingNews {
  publish(reports: readonly WaitingReport[]): void;
  /** Calls `listener` with the reports of the other nodes. Returns the way to stop. */
  subscribe(listener: (reports: readonly WaitingReport[]) => void): () => void;
}
