import { closeCodes } from '@stagewire/shared';
import { WebSocket } from 'ws';
import type { Clock } from '../runtime/clock.ts';
import type { EngineSocket } from './engine-socket.ts';
import { createReadHold } from './read-hold.ts';
import { takenBytes, writtenBytes } from './taken-bytes.ts';

export interface PacedSocketOptions {
  readonly clock: Clock;
  /** Above this many unsent bytes the reader counts as backed up and is not fed. @default 262144 (256 KiB) */
  readonly highWaterMarkBytes?: number;
  /** Is the memory for what all connections have not sent used up? Then each may have less of it. @default no */
  readonly isCrowded?: () => boolean;
  /** How long a reader that is backed up may take next to nothing before it is let go. @default 30000 */
  readonly slowReaderMs?: number;
  /** What it must take on an average of that time. @default 1000 */
  readonly minReaderBytesPerSecond?: number;
  /** How long a closed socket may take to finish before it is terminated. @default 2000 */
  readonly terminateAfterMs?: number;
}

/** A WebSocket that can tell whether its reader keeps up, and be closed so that it really ends. */
export interface PacingSocket extends WebSocket, EngineSocket {
  /** Bytes given to the socket so far, and those of them that its system has taken: what waits between flows or does not. */
  readonly writtenBytes: number;
  readonly takenBytes: number;
}

export type PacedSocketClass = ReturnType<typeof createPacedSocketClass>;
export type PacedSocket = InstanceType<PacedSocketClass>;

/** While answers pile up to this many times the high-water mark, nothing more is read from the peer either. */
const readPauseFactor = 4;

/** While so many messages wait to be sent, nothing more is read either. */
const maxUnsentMessages = 1024;

/** What a connection may have unsent while memory is short, in bytes, and how often it looks whether it has sent it. */
const crowdedMarkBytes = 16 * 1024;
const crowdedLookMs = 250;

/**
 * A WebSocket class, for `WebSocketServer({ WebSocket })`, whose sockets know whether their reader keeps up.
 *
 * tRPC's adapter sends without ever looking at `bufferedAmount`: a stalled reader had 184 MiB queued in the server.
 * So a subscription awaits `drained` before each event, a socket that answers faster than its peer reads stops
 * reading, and a peer that stays backed up and takes next to nothing is closed with 4429.
 */
export function createPacedSocketClass(options: PacedSocketOptions) {
  const { clock, highWaterMarkBytes = 256 * 1024, slowReaderMs = 30_000, terminateAfterMs = 2_000 } = options;
  const { isCrowded = () => false, minReaderBytesPerSecond = 1000 } = options;
  const leastTakenBytes = (minReaderBytesPerSecond * slowReaderMs) / 1000;

  return class PacedSocket extends WebSocket {
    readonly reads = createReadHold(this);
    readonly #waiters = new Set<() => void>();
    #releasing = false;
    #cancelDeadline: (() => void) | undefined;
    #isLooking = false;
    /** Of those that were sent while others had not left. */
    #unsentMessages = 0;
    #isOnceWaiting = false;
    #isPongWaiting = false;
    #nextPong: (() => void) | undefined;

    get writtenBytes(): number {
      return writtenBytes(this.#tcpSocket);
    }

    get takenBytes(): number {
      return takenBytes(this.#tcpSocket);
    }

    get #tcpSocket(): object | null {
      const socket: unknown = Reflect.get(this, '_socket');
      return typeof socket === 'object' ? socket : null;
    }

    /**
     * `undefined` while the reader keeps up, since it is called before each event. Otherwise resolves when the reader
     * has taken enough to be fed again, one waiter per turn of the event loop: all at once would overshoot the mark by
     * as many events as there are subscriptions. On a socket that is closing it waits for `signal`, since whatever is
     * yielded there is dropped. It never rejects.
     */
    drained(signal: AbortSignal): Promise<void> | undefined {
      if (signal.aborted) return undefined;
      if (this.isOpen && this.#waiters.size === 0 && !this.#isBackedUp()) return undefined;
      return new Promise((resolve) => {
        const done = () => {
          this.#waiters.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        this.#waiters.add(done);
        this.#lookLater();
        signal.addEventListener('abort', done, { once: true });
      });
    }

    get isOpen(): boolean {
      return this.readyState === WebSocket.OPEN;
    }

    /** Bytes are UTF-8 that was made before. */
    sendText(text: string | Buffer): void {
      this.send(text, asText);
    }

    override send(data: Parameters<WebSocket['send']>[0], ...rest: readonly unknown[]): void {
      const [first, second] = rest;
      const sendOptions = typeof first === 'object' && first !== null ? first : {};
      const callback = typeof first === 'function' ? first : second;
      if (
        typeof callback !== 'function' &&
        this.bufferedAmount === 0 &&
        mostBytes(data) <= highWaterMarkBytes
      ) {
        // The usual case: the reader keeps up, and nobody waits for this message to have left.
        return super.send(data, sendOptions);
      }
      this.#unsentMessages += 1;
      super.send(data, sendOptions, (error) => {
        this.#unsentMessages -= 1;
        this.#settle();
        if (typeof callback === 'function') (callback as (error?: Error) => void)(error);
      });
      if (this.#isBackedUp()) this.#startDeadline();
      this.#holdReads();
    }

    /** As `sendText`, but not while another one that was sent by this still waits: it will do for both. */
    sendOnce(text: string): void {
      if (this.#isOnceWaiting) return;
      this.#isOnceWaiting = true;
      this.send(text, asText, () => {
        this.#isOnceWaiting = false;
      });
    }

    /**
     * The answer to a ping, which peers may send without end and without ever reading what comes back. While one waits,
     * only the last of those behind it is kept, as RFC 6455 (5.5.3) allows.
     */
    override pong(
      data?: Parameters<WebSocket['pong']>[0],
      mask?: boolean,
      callback?: (error: Error) => void,
    ): void {
      if (this.#isPongWaiting) {
        this.#nextPong = () => this.pong(data, mask);
        // For `ws`, which counts pongs that wait and cuts a peer that has many, it is over.
        (callback as (() => void) | undefined)?.();
        return;
      }
      this.#isPongWaiting = true;
      super.pong(data, mask, (error) => {
        this.#isPongWaiting = false;
        const next = this.#nextPong;
        this.#nextPong = undefined;
        if (this.readyState === WebSocket.OPEN) next?.();
        callback?.(error);
      });
    }

    /** A small message takes more memory than its bytes, so that they are counted too. */
    #holdReads(): void {
      const isMuch = this.bufferedAmount > highWaterMarkBytes * readPauseFactor;
      if (isMuch || this.#unsentMessages > maxUnsentMessages) this.reads.hold('answers to send');
    }

    /** Closes with a code and terminates soon after: behind a backlog the close frame would never arrive. */
    closeOrTerminate(code?: number, reason?: string): void {
      if (this.readyState !== WebSocket.OPEN) return;
      this.close(code, reason);
      // A paused socket would not read the peer's close frame.
      this.resume();
      this.#after(terminateAfterMs, () => this.terminate());
    }

    #isBackedUp(): boolean {
      const buffered = this.bufferedAmount;
      if (buffered > highWaterMarkBytes) return true;
      return buffered > crowdedMarkBytes && isCrowded();
    }

    /** What is below the usual mark tells nobody when it has left. */
    #lookLater(): void {
      if (this.bufferedAmount > highWaterMarkBytes || this.readyState !== WebSocket.OPEN) return;
      if (this.#isLooking) return;
      this.#isLooking = true;
      this.#after(crowdedLookMs, () => {
        this.#isLooking = false;
        this.#settle();
        if (this.#waiters.size > 0) this.#lookLater();
      });
    }

    /** A timer that ends with the socket at the latest. */
    #after(delayMs: number, task: () => void): () => void {
      const cancelTimer = clock.after(delayMs, () => {
        this.off('close', cancel);
        task();
      });
      const cancel = () => {
        this.off('close', cancel);
        cancelTimer();
      };
      this.once('close', cancel);
      return cancel;
    }

    #startDeadline(): void {
      if (this.#cancelDeadline === undefined) this.#lookAgain(this.takenBytes);
    }

    #lookAgain(takenBefore: number): void {
      this.#cancelDeadline = this.#after(slowReaderMs, () => this.#look(takenBefore));
    }

    #look(takenBefore: number): void {
      // After a turn: what drained while the event loop was busy is heard of only after the timers.
      clock.turn(() => {
        if (this.#cancelDeadline === undefined || !this.#isBackedUp()) return;
        const taken = this.takenBytes;
        // One large message over a slow line: it goes on, and cut off it would be sent from its beginning, for ever.
        if (taken - takenBefore >= leastTakenBytes) this.#lookAgain(taken);
        else this.closeOrTerminate(closeCodes.slowReader, 'you read too slowly; come back with your cursor');
      });
    }

    /** After a message has left: is the reader still backed up? */
    #settle(): void {
      if (this.readyState !== WebSocket.OPEN || this.#isBackedUp()) return;
      this.#cancelDeadline?.();
      this.#cancelDeadline = undefined;
      if (this.#unsentMessages <= maxUnsentMessages / 2) this.reads.release('answers to send');
      this.#releaseOne();
    }

    #releaseOne(): void {
      if (this.#releasing || this.readyState !== WebSocket.OPEN || this.#isBackedUp()) return;
      const [first] = this.#waiters;
      if (first === undefined) return;
      first();
      this.#releasing = true;
      clock.turn(() => {
        this.#releasing = false;
        this.#releaseOne();
      });
    }
  };
}

const asText = { binary: false };

/** No UTF-16 unit takes more than three bytes, and a frame's header no more than ten. */
function mostBytes(data: Parameters<WebSocket['send']>[0]): number {
  if (typeof data === 'string') return data.length * 3 + 10;
  return Buffer.isBuffer(data) ? data.length + 10 : Number.POSITIVE_INFINITY;
}
