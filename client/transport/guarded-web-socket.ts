import { createLiveness, shortWaitMs, type Liveness } from './liveness.ts';
import type { Patience } from './patience.ts';
import type { Session } from './session.ts';
import type { WakeReason } from './wake.ts';
import { readWireMessage } from './wire-message.ts';

export interface GuardedSocketOptions {
  /** The class to wrap: a browser's or Node's own, or that of the package `ws`. */
  readonly WebSocket: typeof WebSocket;
  readonly session: Session;
  /** How long the peer may take to answer a close before the socket counts as closed, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** How long a socket may take to open before it is given up, in milliseconds. */
  readonly openTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** How long an answer to a ping may take. */
  readonly patience: Patience;
  /** The longest message, in UTF-16 units. */
  readonly maxMessageChars: number;
  /** Headers for the request that opens the socket. Only outside of browsers. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly onMade: (socket: GuardedSocket) => void;
  /** The first message has come: what answers is there and speaks the protocol. */
  readonly onFirstMessage: (socket: GuardedSocket) => void;
  readonly onEnd: (socket: GuardedSocket) => void;
}

/** What its owner may ask of a socket. */
export interface GuardedSocket {
  /** Has any message of the protocol come over it? */
  readonly hasSpoken: boolean;
  /** What has come that no server of this protocol sends; the socket is closed for it. */
  readonly nonsense: Error | undefined;
  close(): void;
}

type Listener = (this: unknown, event: Readonly<Record<string, unknown>>) => void;
type EventName = 'open' | 'message' | 'error' | 'close';

/**
 * A WebSocket class for tRPC's client, which is helpless where the built-in sockets are:
 *
 * - Over a half-open link they wait for ever, to open and to close. Here both end in time.
 * - tRPC's keep-alive takes one large message on a slow link for a dead one, and begins it again for ever. Here the
 *   wait grows.
 * - tRPC throws what is no frame of its own where nobody can catch it. Here such a peer is closed, and it is said.
 *
 * Messages are handed on parsed: tRPC's encoder is to leave them as they are. No class of the platform is extended,
 * since React Native has no EventTarget.
 */
export function createGuardedWebSocket(options: GuardedSocketOptions): typeof WebSocket {
  const { WebSocket: Wrapped, session, closeTimeoutMs, openTimeoutMs, patience, headers } = options;
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
    hasSpoken = false;
    nonsense: Error | undefined;
    readonly #inner: WebSocket;
    readonly #listeners = new Map<string, Set<Listener>>();
    /** Whose pings are not answered yet: answers come in order, and tRPC counts its own. */
    readonly #pings: ('own' | 'tRPC')[] = [];
    #opened = false;
    #ending = false;
    #gone = false;
    #liveness: Liveness | undefined;
    readonly #offClose: () => void;
    readonly #sleepOn: () => void;
    #cancelTimer: () => void;

    constructor(url: string | URL, protocols?: string | string[]) {
      // Not in the standard, but in Node's, Bun's and Deno's classes and in that of `ws`.
      const second = headers === undefined ? protocols : ({ headers } as unknown as string[]);
      const inner = new Wrapped(url, second);
      this.#inner = inner;
      this.#cancelTimer = clock.after(openTimeoutMs, () => this.#giveUp('no answer while opening'));
      // tRPC's own close() waits for a socket that is being opened, which may be for ever.
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
        // Some fail within the turn that made them: a port that fetch forbids.
        else this.#endSoon(code, reason);
      });
      options.onMade(this);
      // The client may have been closed between the url, which tRPC asks for first, and this.
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

    /** A socket that is closing takes nothing, and a browser prints an error for whoever tries. */
    #send(data: string): void {
      if (!this.#gone && this.#inner.readyState === 1) this.#inner.send(data);
    }

    #watch(): void {
      this.#liveness = createLiveness({
        session,
        patience,
        intervalMs: options.pingIntervalMs,
        ask: () => {
          this.#pings.push('own');
          this.#send('PING');
        },
        onSilent: () => this.close(),
      });
    }

    #onMessage(data: unknown): void {
      if (this.#gone || this.nonsense !== undefined) return;
      this.#liveness?.heard();
      const message = this.#read(data);
      if (message === undefined) return;
      if (!this.hasSpoken) {
        this.hasSpoken = true;
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
        this.nonsense = error as Error;
        this.close(3000, 'not a message of the protocol');
        return undefined;
      }
    }

    #wake(reason: WakeReason): void {
      if (reason !== 'online') return;
      if (this.#opened) this.#liveness?.check(shortWaitMs);
      // Begun when there was no network, it may hang until its time is up.
      else this.#giveUp('begun before the network was there');
    }

    #giveUp(reason: string): void {
      this.#endSoon(1006, reason);
      this.#inner.close();
    }

    /** Not in this turn: tRPC may have made the socket just now, and not listen yet. It would wait for ever. */
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
      // tRPC learns from `error` alone that a socket will never open.
      if (!this.#opened) this.#emit('error', { message: reason });
      this.#gone = true;
      options.onEnd(this);
      this.#dispatch('close', { code, reason, wasClean: code !== 1006 });
    }

    /** Whatever the wrapped socket still says after its end is heard by nobody. */
    #emit(type: EventName, fields: Readonly<Record<string, unknown>>): void {
      if (!this.#gone) this.#dispatch(type, fields);
    }

    #dispatch(type: EventName, fields: Readonly<Record<string, unknown>>): void {
      const event = { type, target: this, currentTarget: this, ...fields };
      for (const listener of Array.from(this.#listeners.get(type) ?? [])) listener.call(this, event);
    }
  }

  // The parts of the interface that tRPC uses are all there; the `on…` properties are not.
  return GuardedWebSocket as unknown as typeof WebSocket;
}
