import type { RunEvent, TransientBody } from '@stagewire/shared';
import type { EventBefore } from './event-before.ts';
import type { EventSink, Sequenced } from './tracked-events.ts';

export type SequencedEvent = Sequenced<RunEvent>;

export interface SubscribeOptions {
  readonly runId: string;
  /** The seq of the client's last event; 0 for the whole run. The caller has checked the cursor. */
  readonly after: number;
  /** About the event with that seq, if the caller has read it. @default read here */
  readonly before?: EventBefore | undefined;
  readonly include: { readonly reasoning: boolean };
  readonly signal: AbortSignal;
  /** After this time without an event a heartbeat is sent. In milliseconds. */
  readonly heartbeatMs: number;
  /** What the run is waiting for now; no heartbeat is sent if there is none. */
  readonly heartbeat: () => TransientBody | undefined;
  /**
   * Resolves, or returns nothing, when the client can take more; resolves also when its signal aborts.
   * @default always ready
   */
  readonly ready?: (signal: AbortSignal) => Promise<void> | undefined;
  /**
   * How long a delta is delayed after the previous one, for coalescing. The first one after a silence is sent
   * at once, and only deltas are delayed. In milliseconds, called each time. @default 0
   */
  readonly window?: () => number;
  /** Gets the events instead of the consumer of the generator. @default the generator yields them */
  readonly sink?: EventSink<SequencedEvent> | undefined;
}
