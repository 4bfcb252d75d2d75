import { createLiveness, offlineWaitMs, shortWaitMs, type Liveness } from './liveness.ts';
import type { PongTimeout } from './pong-timeout.ts';
import type { Session } from './session.ts';
import type { WakeReason } from './wake.ts';
import { readWireMessage } from './wire-message.ts';

export interface GuardedSocketOptions {
  /** The class to wrap: the built-in one of a browser or of Node, or that of the package `ws`. */
  readonly WebSocket: typeof WebSocket;
  readonly session: Session;
  /** Timeout of the close handshake, in milliseconds; after it the socket counts as closed. */
  readonly closeTimeoutMs: number;
  /** Timeout for opening a socket, in milliseconds. */
  readonly openTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** The timeout of a pong. */
  readonly pongTimeout: PongTimeout;
  /** The size limit of a message, in chars (UTF-16 code units). */
  readonly maxMessageChars: number;
  /** Headers for the upgrade request. Not in browsers. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly onMade: (socket: GuardedSocket) => void;
  /** Called for the first message: the peer speaks the protocol. */
  readonly onFirstMessage: (socket: GuardedSocket) => void;
  /** Called when a ping has been unanswered for a moment; with false when something has arrived after that. */
  readonly onQuiet: (socket: GuardedSocket, isQuiet: boolean) => void;
  readonly onEnd: (socket: GuardedSocket) => void;
}

/** The interface of a socket for the connection that created it. */
export interface GuardedSocket {
  /** Whether any message of the protocol has arrived. */
  readonly hasReceived: boolean;
  /** A message that no server of this protocol sends; the socket is closed for it. */
  readonly malformed: Error | undefined;
  /** When the last message arrived, in milliseconds since the Unix epoch. */
  readonly heardAt: number | undefined;
  /** Whether it was closed because the peer had not responded in time. */
  readonly isTimedOut: boolean;
  close(): void;
}

type Listener = (this: unknown, event: Readonly<Record<string, unknown>>) => void;
type EventName = 'open' | 'message' | 'error' | 'close';

/**
 * A WebSocket class for tRPC's client that handles cases which the built-in sockets do not:
 *
 * - Over a half-open link they wait indefinitely, to open and to close. Here both have a timeout.
 * - tRPC's keep-alive treats one large message on a slow link as a dead link, and starts the transfer again
 *   indefinitely. Here the timeout grows.
 * - tRPC throws on messages that are not its own frames, where no code can catch the error. Here such a peer is
 *   disconnected, and the error is reported.
 *
 * Messages are delivered parsed: tRPC's encoder must not change them. The class extends no class of the platform, since
 * React Native has no EventTarget.
 */
export function createGuardedWebSocket(options: GuardedSocketOptions): typeof WebSocket {
  const { WebSocket: Wrapped, session, closeTimeoutMs, openTimeoutMs, pongTimeout, headers } = options;
  const { clock } = session;

  class GuardedWebSocket implements GuardedSocket {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSING = 2;
    readonly CLOSED = 3;
    hasReceived = false;
    malformed: Error | undefined;
    heardAt: number | undefined;
    isTimedOut = false;
    readonly #inner: WebSocket;
    readonly #listeners = new Map<string, Set<Listener>>();
    /** Who sent the pings that are not answered yet: pongs arrive in order, and tRPC counts its own. */
    readonly #pings: ('own' | 'tRPC')[] = [];
    #opened = false;
    #ending = false;
    #gone = false;
    #liveness: Liveness | undefined;
    readonly #offClose: () => void;
    readonly #sleepOn: () => void;
    #cancelTimer: () => void;

    constructor(url: string | URL, protocols?: string | string[]) {
      // Not in the standard, but in the classes of Node, Bun, Deno and `ws`.
      const second = headers === undefined ? protocols : ({ headers } as unknown as string[]);
      const inner = new Wrapped(url, second);
      this.#inner = inner;
      this.#cancelTimer = clock.after(openTimeoutMs, () => this.#giveUp('no answer while opening'));
      // tRPC's own close() waits for a socket that is being opened, possibly indefinitely.
      this.#offClose = session.whenClosed(() => {
        if (!this.#opened) this.#giveUp('closed while opening');
      });
      this.#sleepOn = session.wake.on((reason) => this.#wake(reason));
      inner.addEventListener('open', () => {
        this.#cancelTimer();
        this.#opened = true;
        this.#watch();
        this.#emit('open', {});
      });
      inner.addEventListener('message', ({ data }) => this.#onMessage(data));
      inner.addEventListener('error', (event) => {
        if (this.#opened) this.#emit('error', { message: 'message' in event ? event.message : '' });
      });
      inner.addEventListener('close', ({ code, reason }) => {
        if (this.#opened) this.#end(code, reason);
        // Some fail in the turn that created them: a port that fetch blocks.
        else this.#endSoon(code, reason);
      });
      options.onMade(this);
      // The client may have been closed after tRPC requested the URL.
      if (session.closed) this.#giveUp('closed while opening');
    }

    get readyState(): number {
      return this.#gone ? 3 : this.#inner.readyState;
    }

    get url(): string {
      return this.#inner.url;
    }

    set binaryType(type: WebSocket['binaryType']) {
      this.#inner.binaryType = type;
    }

    get binaryType(): WebSocket['binaryType'] {
      return this.#inner.binaryType;
    }

    get bufferedAmount(): number {
      return this.#inner.bufferedAmount;
    }

    addEventListener(type: EventName, listener: Listener): void {
      const those = this.#listeners.get(type) ?? new Set();
      this.#listeners.set(type, those.add(listener));
    }

    removeEventListener(type: EventName, listener: Listener): void {
      this.#listeners.get(type)?.delete(listener);
    }

    send(data: string): void {
      if (data === 'PING') this.#pings.push('tRPC');
      this.#send(data);
    }

    close(code?: number, reason?: string): void {
      if (this.#gone || this.#ending) return;
      this.#cancelTimer();
      this.#cancelTimer = clock.after(closeTimeoutMs, () => this.#end(1006, 'no answer to the close'));
      this.#inner.close(code, reason);
    }

    /** A closing socket cannot send, and a browser prints an error for each attempt. */
    #send(data: string): void {
      if (!this.#gone && this.#inner.readyState === 1) this.#inner.send(data);
    }

    #watch(): void {
      this.#liveness = createLiveness({
        session,
        pongTimeout,
        intervalMs: options.pingIntervalMs,
        sendPing: () => {
          this.#pings.push('own');
          this.#send('PING');
        },
        onTimeout: () => {
          this.isTimedOut = true;
          this.#giveUp('no answer to a ping');
        },
        onQuiet: (isQuiet) => options.onQuiet(this, isQuiet),
      });
    }

    #onMessage(data: unknown): void {
      if (this.#gone || this.malformed !== undefined) return;
      this.heardAt = clock.now();
      this.#liveness?.onMessage();
      const message = this.#read(data);
      if (message === undefined) return;
      if (!this.hasReceived) {
        this.hasReceived = true;
        options.onFirstMessage(this);
      }
      if (message === 'PONG' && this.#pings.shift() !== 'tRPC') return;
      this.#emit('message', { data: message });
    }

    #read(data: unknown): object | 'PING' | 'PONG' | undefined {
      if (data === 'PING' || data === 'PONG') return data;
      try {
        return readWireMessage(data, options.maxMessageChars);
      } catch (error) {
        this.malformed = error as Error;
        this.close(3000, 'not a message of the protocol');
        return undefined;
      }
    }

    #wake(reason: WakeReason): void {
      if (reason === 'offline') this.#liveness?.check(offlineWaitMs);
      if (reason !== 'online') return;
      if (this.#opened) this.#liveness?.check(shortWaitMs);
      // A socket opened while the network was down may hang until its timeout.
      else this.#giveUp('opened while the network was down');
    }

    #giveUp(reason: string): void {
      this.#endSoon(1006, reason);
      this.#inner.close();
    }

    /** Not in this turn: tRPC may have just created the socket and not added its listeners yet. */
    #endSoon(code: number, reason: string): void {
      if (this.#ending) return;
      this.#ending = true;
      this.#cancelTimer();
      this.#cancelTimer = clock.after(1, () => this.#end(code, reason));
    }

    #end(code: number, reason: string): void {
      if (this.#gone) return;
      this.#cancelTimer();
      this.#liveness?.stop();
      this.#offClose();
      this.#sleepOn();
      // `error` is the only event by which tRPC learns that a socket will never open.
      if (!this.#opened) this.#emit('error', { message: reason });
      this.#gone = true;
      options.onEnd(this);
      this.#dispatch('close', { code, reason, wasClean: code !== 1006 });
    }

    /** Events of the wrapped socket after its end are ignored. */
    #emit(type: EventName, fields: Readonly<Record<string, unknown>>): void {
      if (!this.#gone) this.#dispatch(type, fields);
    }

    #dispatch(type: EventName, fields: Readonly<Record<string, unknown>>): void {
      const event = { type, target: this, currentTarget: this, ...fields };
      for (const listener of Array.from(this.#listeners.get(type) ?? [])) listener.call(this, event);
    }
  }

  // Implements the parts of the interface that tRPC uses; the `on…` properties are missing.
  return GuardedWebSocket as unknown as typeof WebSocket;
}
