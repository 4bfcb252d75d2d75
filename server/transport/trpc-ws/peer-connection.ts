import { StagewireError } from '@stagewire/shared';
import type { Connection, HoldAnswer } from '../../api/context.ts';
import type { MemoryAccount, MemoryCharge } from '../../runtime/memory-account.ts';
import type { AnswerRoom } from '../answer-room.ts';
import { createConcurrencyLimiter, type ConcurrencyLimiter } from './concurrency-limiter.ts';
import type { TransportLimits } from '../limits.ts';
import type { EngineSocket } from '../engine-socket.ts';
import { noMemoryFor } from '../no-memory.ts';

/** Whose connection it is. */
export interface ConnectedPeer {
  readonly socket: Pick<EngineSocket, 'drained' | 'reads'>;
  /** Aborts with the socket. */
  readonly gone: AbortController;
}

/** The same for all connections. */
export interface PeerConnectionOptions {
  readonly limits: TransportLimits;
  readonly account: MemoryAccount;
  readonly createAnswerRoom: () => AnswerRoom;
}

/** About what one subscription takes: its run, its place, its timers. */
const subscriptionBytes = 8 * 1024;

/** What the procedures may ask of a WebSocket. */
export function createPeerConnection(peer: ConnectedPeer, options: PeerConnectionOptions): Connection {
  return new PeerConnection(peer, options);
}

class PeerConnection implements Connection {
  readonly #peer: ConnectedPeer;
  readonly #options: PeerConnectionOptions;
  // Made when it is needed: most connections only follow.
  #gate: ConcurrencyLimiter | undefined = undefined;
  #subscriptions = 0;
  #charge: MemoryCharge | undefined = undefined;

  constructor(peer: ConnectedPeer, options: PeerConnectionOptions) {
    this.#peer = peer;
    this.#options = options;
  }

  ready(signal: AbortSignal): Promise<void> | undefined {
    return this.#peer.socket.drained(signal);
  }

  answer<Result>(call: (hold: HoldAnswer) => Promise<Result>): Promise<Result> {
    const { limits, createAnswerRoom } = this.#options;
    const { socket } = this.#peer;
    const gone = this.#peer.gone.signal;
    this.#gate ??= createConcurrencyLimiter({
      maxCallsInFlight: limits.maxCallsInFlight,
      drained: () => socket.drained(gone),
      onSaturated: (isSaturated) =>
        isSaturated ? socket.reads.hold('calls in flight') : socket.reads.release('calls in flight'),
    });
    const room = createAnswerRoom();
    // Until the answer can leave: what it then takes is what the socket has not sent.
    return this.#gate
      .pass(() => {
        if (gone.aborted) room.release();
        return call(room.answer());
      })
      .finally(() => room.release());
  }

  openSubscription(): () => void {
    const { maxSubscriptions } = this.#options.limits;
    if (this.#subscriptions >= maxSubscriptions) {
      const message = `A connection carries at most ${maxSubscriptions} subscriptions. End one, or open another connection.`;
      throw new StagewireError('OVERLOADED', message, { details: { maxSubscriptions } });
    }
    if (!this.#holdFor(this.#subscriptions + 1)) throw noMemoryFor('another subscription');
    this.#subscriptions += 1;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.#subscriptions -= 1;
      this.#holdFor(this.#subscriptions);
    };
  }

  /** The first is free: there are no more of them than connections. */
  #holdFor(count: number): boolean {
    if (count <= 1) {
      this.#charge?.release();
      this.#charge = undefined;
      return true;
    }
    this.#charge ??= this.#options.account.charge('subscriptions', 0);
    return this.#charge?.resize((count - 1) * subscriptionBytes) === true;
  }
}
