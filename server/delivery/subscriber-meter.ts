import type { DeliveryInstruments } from '../runtime/instruments.ts';

/** What a subscription is of: the events of one run, or those of all. */
export type SubscriptionKind = 'run' | 'feed';

/** How a subscriber is connected. */
export type SubscriberTransport = 'websocket' | 'http' | 'legacy';

/** Counts subscriptions, and the events that they send. */
export interface SubscriberMeter {
  /** A subscription begins (1) or ends (-1). */
  count(kind: SubscriptionKind, transport: SubscriberTransport, change: 1 | -1): void;
  /** @param step `merged`: how many deltas were merged into its event, apart from the first. */
  sent(this: void, step: { readonly merged?: number }): void;
}

export function createSubscriberMeter({ subscribers, events }: DeliveryInstruments): SubscriberMeter {
  return {
    count: (kind, transport, change) => subscribers.add([kind, transport], change),
    sent({ merged = 0 }) {
      events.sent += 1;
      events.mergedDeltas += merged;
    },
  };
}
