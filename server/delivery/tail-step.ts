import type { RunEvent } from '@stagewire/shared';

/** The next event for a subscriber. Subscribers at the same position with the same options share the object. */
export interface TailStep {
  readonly cursor: string;
  readonly event: RunEvent;
  /** Seq of the last event that it covers. */
  readonly seq: number;
  /** A delta to which the next append may still add. */
  readonly isGrowing: boolean;
  /** Deltas that were merged into the event, apart from the first. */
  readonly merged: number;
}

/** The position of a subscriber. */
export interface TailPosition {
  /** The seq last sent. */
  readonly sent: number;
  /** The seq last scanned: ahead of `sent` by events that it did not request. */
  readonly scanned: number;
  readonly withReasoning: boolean;
}

/** No event for the subscriber up to `scanned`; the next one does not exist yet, or must be loaded first. */
export interface TailPending {
  readonly scanned: number;
  readonly mustLoad: boolean;
}
