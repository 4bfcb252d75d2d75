import type { CallerIdentity } from '../../identity/caller-identity.ts';
import type { ConnectionAccess } from '../access-log.ts';
import type { EngineConnection, EngineSocket } from '../engine-socket.ts';
import type { MalformedGuard } from './malformed-guard.ts';
import type { CallingPeer } from './ws-calls.ts';

/** A connection, as the engine knows it. */
export class Peer implements CallingPeer, EngineConnection {
  readonly socket: EngineSocket;
  readonly guard: MalformedGuard;
  readonly subscriptions = new Map<string | number, AbortController>();
  isClosed = false;
  #closed: AbortController | undefined = undefined;
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

  /** Created on demand: most connections only subscribe. */
  get closing(): AbortSignal {
    this.#closed ??= new AbortController();
    if (this.isClosed) this.#closed.abort();
    return this.#closed.signal;
  }

  message(data: Buffer, isBinary: boolean): void {
    this.receive(data, isBinary);
  }

  closed(): void {
    for (const subscription of this.subscriptions.values()) subscription.abort();
    this.isClosed = true;
    this.#closed?.abort();
    this.identity?.release();
  }
}
