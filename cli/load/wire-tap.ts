import { parseCursor, type RunEvent } from '@stagewire/shared';
import {
  createEventSequence,
  type SequenceViolation,
  type EventSequence,
} from '@stagewire/shared/invariants/event-sequence';

/** Reads the messages of one subscriber's sockets before the client does, which hides errors on the wire. */
export interface WireTap {
  sent(message: string): void;
  received(message: string): void;
}

export interface WireTapOptions {
  onEvent(event: RunEvent, violation: SequenceViolation): void;
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
  readonly result?: { readonly type?: string; readonly data?: { readonly data?: RunEvent } };
}

/** A subscription's id is reused on the next socket with another cursor: its ledger then starts again. */
export function createWireTap({ onEvent }: WireTapOptions): WireTap {
  const ledgers = new Map<number | string, EventSequence>();
  return {
    sent(message) {
      for (const call of messagesIn(message) as readonly Outgoing[]) {
        if (call.id === undefined || call.method !== 'subscription') continue;
        const { input, lastEventId } = call.params ?? {};
        ledgers.set(call.id, createEventSequence(seqOf(input?.runId, lastEventId ?? input?.lastEventId)));
      }
    },
    received(message) {
      for (const { id, result } of messagesIn(message) as readonly Incoming[]) {
        const ledger = ledgers.get(id ?? '');
        const event = result?.type === 'data' ? result.data?.data : undefined;
        if (ledger !== undefined && event !== undefined) onEvent(event, ledger.enter(event));
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

function seqOf(runId: string | undefined, cursor: string | null | undefined): number {
  if (runId === undefined || cursor === undefined || cursor === null) return 0;
  return parseCursor(runId, cursor)?.seq ?? 0;
}
