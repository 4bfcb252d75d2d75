import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Connection } from '../../api/context.ts';
import type { MemoryAccount, MemoryCharge } from '../../runtime/memory-account.ts';
import type { AnswerRoom } from '../answer-room.ts';
import { createConcurrencyLimiter, type ConcurrencyLimiter } from './concurrency-limiter.ts';
import type { TransportLimits } from '../limits.ts';
import type { EngineSocket } from '../engine-socket.ts';

export interface PeerConnectionOptions {
  readonly socket: Pick<EngineSocket, 'drained' | 'reads'>;
  /** Aborts with the socket. */
  readonly gone: AbortSignal;
  readonly limits: TransportLimits;
  readonly account: MemoryAccount;
  readonly createAnswerRoom: () => AnswerRoom;
}

/** About what one subscription takes: its run, its place, its timers. */
const subscriptionBytes = 8 * 1024;

/** What the procedures may ask of a WebSocket. */
export function createPeerConnection(options: PeerConnectionOptions): Connection {
  const { socket, gone, limits, account, createAnswerRoom } = options;
  // Made when it is needed: most connections only follow.
  let gate: ConcurrencyLimiter | undefined;
  let subscriptions = 0;
  let charge: MemoryCharge | undefined;

  /** The first is free: there are no more of them than connections. */
  function holdFor(count: number): boolean {
    if (count <= 1) {
      charge?.release();
      charge = undefined;
      return true;
    }
    charge ??= account.charge('subscriptions', 0);
    return charge?.resize((count - 1) * subscriptionBytes) === true;
  }

  return {
    ready: (signal) => socket.drained(signal),
    answer(call) {
      gate ??= createConcurrencyLimiter({
        maxCallsInFlight: limits.maxCallsInFlight,
        drained: () => socket.drained(gone),
        onSaturated: (isSaturated) =>
          isSaturated ? socket.reads.hold('calls in flight') : socket.reads.release('calls in flight'),
      });
      const room = createAnswerRoom();
      // Until the answer can leave: what it then takes is what the socket has not sent.
      return gate
        .pass(() => {
          if (gone.aborted) room.release();
          return call(room.answer());
        })
        .finally(() => room.release());
    },
    openSubscription() {
      if (subscriptions >= limits.maxSubscriptions) {
        throw wireErrors.OVERLOADED.subscriptions(limits.maxSubscriptions);
      }
      if (!holdFor(subscriptions + 1)) throw wireErrors.OVERLOADED.memory('subscription');
      subscriptions += 1;
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        subscriptions -= 1;
        holdFor(subscriptions);
      };
    },
  };
}
