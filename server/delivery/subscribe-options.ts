import type { TransientBody } from '@stagewire/shared';

/**
 * What there is to know of the event that a follower had last. Not the event itself: it may be a file or a task of
 * hundreds of kilobytes, and would be kept for as long as the follower is there.
 */
export interface EventBefore {
  readonly epoch: number;
  /** Nothing comes after it. */
  readonly isTerminal: boolean;
}

export interface SubscribeOptions {
  readonly runId: string;
  /** The seq of the event the follower had last; 0 for the whole run. The caller has checked its cursor. */
  readonly after: number;
  /** Of the event with that seq, if the caller has read it. @default read here */
  readonly before?: EventBefore | undefined;
  readonly include: { readonly reasoning: boolean };
  readonly signal: AbortSignal;
  /** Nothing sent for so long: a transient event. In milliseconds. */
  readonly heartbeatMs: number;
  /** What the run waits for at this moment; nothing is sent in a gap for which there is no answer. */
  readonly waiting: () => TransientBody | undefined;
  /**
   * Resolves, or returns nothing, when the reader can take more; resolves also when its signal aborts.
   * @default always ready
   */
  readonly ready?: (signal: AbortSignal) => Promise<void> | undefined;
  /**
   * How long after a delta the next one is held back, to be merged with those that follow. The first after a
   * quiet time goes out at once, and nothing but deltas is held. In milliseconds, asked each time. @default 0
   */
  readonly window?: () => number;
}
