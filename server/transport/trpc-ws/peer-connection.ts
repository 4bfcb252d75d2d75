import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Connection } from '../../api/context.ts';
import type { MemoryAccount, MemoryCharge } from '../../runtime/memory-account.ts';
import type { AnswerMemory } from '../answer-memory.ts';
import { createConcurrencyLimiter, type ConcurrencyLimiter } from './concurrency-limiter.ts';
import type { TransportLimits } from '../limits.ts';
import type { EngineSocket } from '../engine-socket.ts';

export interface PeerConnectionOptions {
  readonly socket: Pick<EngineSocket, 'drained' | 'readPauses'>;
  /** Aborts with the socket. */
  readonly closed: AbortSignal;
  readonly limits: TransportLimits;
  readonly account: MemoryAccount;
  readonly createAnswerMemory: () => AnswerMemory;
}

/** Estimated memory of one subscription: its run, its position, its timers. */
const subscriptionBytes = 8 * 1024;

/** The connection of a WebSocket, for procedures. */
export function createPeerConnection(options: PeerConnectionOptions): Connection {
  const { socket, closed, limits, account, createAnswerMemory } = options;
  // Created on demand: most connections only subscribe.
  let limiter: ConcurrencyLimiter | undefined;
  let subscriptions = 0;
  let charge: MemoryCharge | undefined;

  /** The first is free: there are no more of them than connections. */
  function chargeFor(count: number): boolean {
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
      limiter ??= createConcurrencyLimiter({
        maxCallsInFlight: limits.maxCallsInFlight,
        drained: () => socket.drained(closed),
        onSaturated: (isSaturated) =>
          isSaturated
            ? socket.readPauses.pause('calls in flight')
            : socket.readPauses.resume('calls in flight'),
      });
      const memory = createAnswerMemory();
      // Until the answer can be sent: its memory then counts as unsent bytes of the socket.
      return limiter
        .pass(() => {
          if (closed.aborted) memory.release();
          return call(memory.answer());
        })
        .finally(() => memory.release());
    },
    openSubscription() {
      if (subscriptions >= limits.maxSubscriptions) {
        throw wireErrors.OVERLOADED.subscriptions(limits.maxSubscriptions);
      }
      if (!chargeFor(subscriptions + 1)) throw wireErrors.OVERLOADED.memory('subscription');
      subscriptions += 1;
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        subscriptions -= 1;
        chargeFor(subscriptions);
      };
    },
  };
}
