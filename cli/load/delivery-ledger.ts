import { parseCursor, type RunEvent } from '@stagewire/shared';
import {
  createEventSequence,
  type EventSequence,
  type SequenceViolation,
} from '@stagewire/shared/invariants/event-sequence';

/** Violations by one message. */
export interface WireViolation extends SequenceViolation {
  /** It is of an earlier epoch than the cursor of its subscription, or than an event before it there. */
  readonly staleEpoch: boolean;
}

export interface DeliveryLedgerOptions {
  onEvent(event: RunEvent, violation: WireViolation): void;
}

/** Checks the events of one subscriber on all of its connections, before the client does, which hides errors. */
export interface DeliveryLedger {
  /** A subscription begins, after this cursor. @param key Identifies it among those of all connections. */
  subscribed(key: object, cursor: string | null | undefined): void;
  /** An event of the subscription with this key; ignored without one. */
  received(key: object, cursor: string | undefined, event: RunEvent): void;
}

export function createDeliveryLedger({ onEvent }: DeliveryLedgerOptions): DeliveryLedger {
  const subscriptions = new WeakMap<object, { readonly sequence: EventSequence; epoch: number }>();

  return {
    subscribed(key, cursor) {
      const { seq = 0, epoch = 0 } = parseCursor(cursor ?? '') ?? {};
      subscriptions.set(key, { sequence: createEventSequence(seq), epoch });
    },
    received(key, cursor, event) {
      const subscription = subscriptions.get(key);
      if (subscription === undefined) return;
      const epoch = parseCursor(cursor ?? '')?.epoch ?? 0;
      const staleEpoch = epoch < subscription.epoch;
      subscription.epoch = Math.max(subscription.epoch, epoch);
      onEvent(event, { ...subscription.sequence.enter(event), staleEpoch });
    },
  };
}
