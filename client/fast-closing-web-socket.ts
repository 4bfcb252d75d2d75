import type { Session } from './session.ts';

export interface FastClosingOptions {
  /** The class to wrap: a browser's or Node's own, or that of the package `ws`. */
  readonly WebSocket: typeof WebSocket;
  readonly session: Session;
  /** How long the peer may take to answer a close before the socket counts as closed, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** How long a socket may take to open before it is given up, in milliseconds. */
  readonly openTimeoutMs: number;
}

/**
 * A WebSocket class whose `close()` takes no longer than `closeTimeoutMs` and whose opening no longer than
 * `openTimeoutMs`. Over a half-open link the built-in sockets wait for a close frame that cannot come, for ever,
 * and tRPC's keep-alive, which only calls `close()`, would never see the socket end.
 */
export function createFastClosingWebSocket(options: FastClosingOptions): typeof WebSocket {
  const { WebSocket: Wrapped, session, closeTimeoutMs, openTimeoutMs } = options;
  const { clock } = session;

  class FastClosingWebSocket extends EventTarget {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSING = 2;
    readonly CLOSED = 3;
    readonly #inner: WebSocket;
    #opened = false;
    #ending = false;
    #gone = false;
    readonly #stay: () => void;
    #cancelTimer: () => void;

    constructor(url: string | URL, protocols?: string | string[]) {
      super();
      const inner = new Wrapped(url, protocols);
      this.#inner = inner;
      this.#cancelTimer = clock.after(openTimeoutMs, () => this.#giveUp('no answer while opening'));
      // tRPC's own close() waits for a socket that is being opened, which may be for ever.
      this.#stay = session.whenClosed(() => {
        if (!this.#opened) this.#giveUp('closed while opening');
      });
      inner.addEventListener('open', () => {
        this.#cancelTimer();
        this.#opened = true;
        this.#emit('open', {});
      });
      inner.addEventListener('message', ({ data }) => this.#emit('message', { data: data as unknown }));
      inner.addEventListener('error', (event) => {
        if (this.#opened) this.#emit('error', { message: 'message' in event ? event.message : '' });
      });
      inner.addEventListener('close', ({ code, reason }) => {
        if (this.#opened) this.#end(code, reason);
        // Some fail within the turn that made them: a port that fetch forbids.
        else this.#endSoon(code, reason);
      });
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

    send(data: string): void {
      this.#inner.send(data);
    }

    close(code?: number, reason?: string): void {
      if (this.#gone || this.#ending) return;
      this.#cancelTimer();
      this.#cancelTimer = clock.after(closeTimeoutMs, () => this.#end(1006, 'no answer to the close'));
      this.#inner.close(code, reason);
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
      this.#stay();
      // tRPC learns from `error` alone that a socket will never open.
      if (!this.#opened) this.#emit('error', { message: reason });
      this.#gone = true;
      this.dispatchEvent(Object.assign(new Event('close'), { code, reason, wasClean: code !== 1006 }));
    }

    /** Whatever the wrapped socket still says after its end is heard by nobody. */
    #emit(type: string, fields: Readonly<Record<string, unknown>>): void {
      if (!this.#gone) this.dispatchEvent(Object.assign(new Event(type), fields));
    }
  }

  // The parts of the interface that tRPC uses are all there; the `on…` properties are not.
  return FastClosingWebSocket as unknown as typeof WebSocket;
}
