import type { CallerIdentity } from '../../identity/caller-identity.ts';
import type { ConnectionAccess } from '../access-log.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { EngineConnection, EngineSocket } from '../engine-socket.ts';
import type { MalformedGuard } from './malformed-guard.ts';
import type { CallingPeer } from './ws-calls.ts';

/** A connection, as the engine knows it. */
export class Peer implements CallingPeer, EngineConnection {
  readonly socket: EngineSocket;
  readonly guard: MalformedGuard;
  readonly subscriptions = new Map<string | number, AbortController>();
  isClosed = false;
  #ended: AbortController | undefined = undefined;
  #timers: Set<() => void> | undefined = undefined;
  /** Takes the next message. */
  receive: EngineConnection['message'] = () => undefined;
  /** Is it known who calls? */
  isAuthenticated = false;
  identity: CallerIdentity | undefined = undefined;
  access: ConnectionAccess | undefined = undefined;
  /** Calls deferred to a later turn of the event loop. */
  deferred = 0;

  constructor(socket: EngineSocket, guard: MalformedGuard) {
    this.socket = socket;
    this.guard = guard;
  }

  /** Created on demand: a connection that only subscribes needs none. */
  get ended(): AbortSignal {
    this.#ended ??= new AbortController();
    if (this.isClosed) this.#ended.abort();
    return this.#ended.signal;
  }

  /** A timer that is cancelled when the socket closes. Returns what cancels it before. */
  after(clock: Clock, delayMs: number, task: () => void): () => void {
    const timers = (this.#timers ??= new Set());
    const cancelTimer = clock.after(delayMs, () => {
      timers.delete(cancel);
      task();
    });
    const cancel = () => {
      timers.delete(cancel);
      cancelTimer();
    };
    timers.add(cancel);
    return cancel;
  }

  message(data: Buffer, isBinary: boolean): void {
    this.receive(data, isBinary);
  }

  closed(): void {
    for (const subscription of this.subscriptions.values()) subscription.abort();
    this.isClosed = true;
    this.#ended?.abort();
    for (const cancel of this.#timers ?? []) cancel();
    this.identity?.release();
  }
}
