import type { RunEvent } from '@stagewire/shared';
import type { DeliveryLedger } from './delivery-ledger.ts';

/** Reads the messages of one socket before the client does. */
export interface WireTap {
  sent(message: string): void;
  received(message: string): void;
}

interface Outgoing {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: {
    readonly path?: string;
    readonly input?: { readonly runId?: string; readonly lastEventId?: string | null };
    readonly lastEventId?: string;
  };
}

interface Incoming {
  readonly id?: number | string | null;
  readonly result?: {
    readonly type?: string;
    readonly data?: { readonly id?: string; readonly data?: RunEvent };
  };
}

/**
 * Each socket has its own: the next one reuses the ids of subscriptions, with other cursors, while the last messages of the one
 * before may still arrive.
 */
export function createWireTap(ledger: DeliveryLedger): WireTap {
  const keys = new Map<unknown, object>();
  return {
    sent(message) {
      for (const call of messagesIn(message) as readonly Outgoing[]) {
        if (call.id === undefined || call.method !== 'subscription') continue;
        const { input, lastEventId } = call.params ?? {};
        const key = {};
        keys.set(call.id, key);
        ledger.subscribed(key, lastEventId ?? input?.lastEventId);
      }
    },
    received(message) {
      for (const { id, result } of messagesIn(message) as readonly Incoming[]) {
        const { id: cursor, data: event } = (result?.type === 'data' ? result.data : undefined) ?? {};
        const key = keys.get(id);
        if (event !== undefined && key !== undefined) ledger.received(key, cursor, event);
      }
    },
  };
}

/** PING, PONG and other messages that are not JSON carry no event. */
function messagesIn(text: string): readonly unknown[] {
  if (!text.startsWith('{') && !text.startsWith('[')) return [];
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed) ? parsed : [parsed];
}
