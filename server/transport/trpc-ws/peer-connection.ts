import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Connection, ChargeAnswer } from '../../api/context.ts';
import type { SubscriberMeter, SubscriptionKind } from '../../delivery/subscriber-meter.ts';
import type { MemoryAccount, MemoryCharge } from '../../runtime/memory-account.ts';
import type { AnswerMemory } from '../answer-memory.ts';
import { createConcurrencyLimiter, type ConcurrencyLimiter } from './concurrency-limiter.ts';
import type { TransportLimits } from '../limits.ts';
import type { EngineSocket } from '../engine-socket.ts';

/** Whose connection it is. */
export interface ConnectedPeer {
  readonly socket: Pick<EngineSocket, 'drained' | 'readPauses'>;
  /** Aborts with the socket. */
  readonly ended: AbortSignal;
}

/** The same for all connections. */
export interface PeerConnectionOptions {
  readonly limits: TransportLimits;
  readonly account: MemoryAccount;
  readonly createAnswerMemory: () => AnswerMemory;
  /** Counts subscriptions. @default they are not counted */
  readonly meter?: Pick<SubscriberMeter, 'count'> | undefined;
}

/** Estimated memory of one subscription: its run, its position, its timers. */
const subscriptionBytes = 8 * 1024;

/** The connection of a WebSocket, for procedures. */
export function createPeerConnection(peer: ConnectedPeer, options: PeerConnectionOptions): Connection {
  return new PeerConnection(peer, options);
}

class PeerConnection implements Connection {
  readonly #peer: ConnectedPeer;
  readonly #options: PeerConnectionOptions;
  // Created on demand: most connections only subscribe.
  #limiter: ConcurrencyLimiter | undefined = undefined;
  #subscriptions = 0;
  #charge: MemoryCharge | undefined = undefined;

  constructor(peer: ConnectedPeer, options: PeerConnectionOptions) {
    this.#peer = peer;
    this.#options = options;
  }

  ready(signal: AbortSignal): Promise<void> | undefined {
    return this.#peer.socket.drained(signal);
  }

  answer<Result>(call: (hold: ChargeAnswer) => Promise<Result>): Promise<Result> {
    const { limits, createAnswerMemory } = this.#options;
    const { socket } = this.#peer;
    const { ended } = this.#peer;
    this.#limiter ??= createConcurrencyLimiter({
      maxCallsInFlight: limits.maxCallsInFlight,
      drained: () => socket.drained(ended),
      onSaturated: (isSaturated) =>
        isSaturated
          ? socket.readPauses.pause('calls in flight')
          : socket.readPauses.resume('calls in flight'),
    });
    const memory = createAnswerMemory();
    // Until the answer can be sent: its memory then counts as unsent bytes of the socket.
    return this.#limiter
      .pass(() => {
        if (ended.aborted) memory.release();
        return call(memory.answer());
      })
      .finally(() => memory.release());
  }

  openSubscription(kind: SubscriptionKind): () => void {
    const { maxSubscriptions } = this.#options.limits;
    if (this.#subscriptions >= maxSubscriptions) {
      throw wireErrors.OVERLOADED.subscriptions(maxSubscriptions);
    }
    if (!this.#chargeFor(this.#subscriptions + 1)) throw wireErrors.OVERLOADED.memory('subscription');
    this.#subscriptions += 1;
    this.#options.meter?.count(kind, 'websocket', 1);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.#subscriptions -= 1;
      this.#options.meter?.count(kind, 'websocket', -1);
      this.#chargeFor(this.#subscriptions);
    };
  }

  /** The first is free: there are no more of them than connections. */
  #chargeFor(count: number): boolean {
    if (count <= 1) {
      this.#charge?.release();
      this.#charge = undefined;
      return true;
    }
    this.#charge ??= this.#options.account.charge('subscriptions', 0);
    return this.#charge?.resize((count - 1) * subscriptionBytes) === true;
  }
}
