import { Socket } from 'node:net';
import { closeCodes } from '@stagewire/shared';
import { closeReasons } from '@stagewire/shared/close-reasons';
import { WebSocket } from 'ws';
import type { Clock } from '../runtime/clock.ts';
import type { EngineSocket } from './engine-socket.ts';
import { createReadPauses } from './read-pauses.ts';
import { flushedBytes, writtenBytes } from './flushed-bytes.ts';
import { payloadOf, type TextFrame } from './text-frame.ts';

export interface PacedSocketOptions {
  readonly clock: Clock;
  /** Unsent bytes above which a client counts as backed up and is sent nothing more. @default 262144 (256 KiB) */
  readonly highWaterMarkBytes?: number;
  /** Is the memory for the unsent bytes of all connections exhausted? Then each may have fewer of them. @default no */
  readonly isMemoryShort?: () => boolean;
  /** How long a slow consumer may read next to nothing before it is disconnected. @default 30000 */
  readonly slowReaderMs?: number;
  /** Average rate at which it must read in that time. @default 1000 */
  readonly minReaderBytesPerSecond?: number;
  /** How long a closing socket may take before it is terminated. @default 2000 */
  readonly terminateAfterMs?: number;
}

/** A WebSocket with backpressure and a reliable close. */
export interface PacingSocket extends WebSocket, EngineSocket {
  /**
   * Bytes written to the socket, and those of them that its system has accepted: the difference shows whether
   * the backlog flows.
   */
  readonly writtenBytes: number;
  readonly flushedBytes: number;
}

export type PacedSocketClass = ReturnType<typeof createPacedSocketClass>;
export type PacedSocket = InstanceType<PacedSocketClass>;

/** Above this many times the high-water mark of unsent answers, reading from the peer is paused as well. */
const readPauseFactor = 4;

/** Above this many unsent messages reading is paused as well. */
const maxUnsentMessages = 1024;

/** Unsent bytes that a connection may have while memory is short, and the interval at which they are polled. */
const lowMemoryMarkBytes = 16 * 1024;
const lowMemoryPollMs = 250;

/**
 * A WebSocket class for `WebSocketServer({ WebSocket })` whose sockets detect slow consumers.
 *
 * tRPC's adapter sends without checking `bufferedAmount`: a stalled client had 184 MiB queued in the server.
 * So a subscription awaits `drained` before each event, a socket that answers faster than its peer reads pauses reading, and a peer that stays backed up and reads next to nothing is closed with 4429.
 */
export function createPacedSocketClass(options: PacedSocketOptions) {
  const { clock, highWaterMarkBytes = 256 * 1024, slowReaderMs = 30_000, terminateAfterMs = 2_000 } = options;
  const { isMemoryShort = () => false, minReaderBytesPerSecond = 1000 } = options;
  const leastTakenBytes = (minReaderBytesPerSecond * slowReaderMs) / 1000;

  return class PacedSocket extends WebSocket {
    readonly readPauses = createReadPauses(this);
    /** Created on demand: most clients keep up. */
    #waiters: Set<() => void> | undefined = undefined;
    #releasing = false;
    #cancelDeadline: (() => void) | undefined;
    #isPolling = false;
    /** Messages that were sent while others were pending. */
    #unsentMessages = 0;
    #isOnceWaiting = false;
    #isPongWaiting = false;
    #nextPong: (() => void) | undefined;

    get writtenBytes(): number {
      return writtenBytes(this.#tcpSocket);
    }

    get flushedBytes(): number {
      return flushedBytes(this.#tcpSocket);
    }

    /** From the first message to the close. */
    get #tcpSocket(): Socket | null {
      const socket: unknown = Reflect.get(this, '_socket');
      return socket instanceof Socket ? socket : null;
    }

    /**
     * `undefined` while the client keeps up, since it is called before each event. Otherwise resolves when the client
     * has read enough to be sent more, one waiter per turn of the event loop: all at once would exceed the mark by
     * as many events as there are subscriptions. On a closing socket it waits for `signal`, since events yielded
     * there are dropped. It never rejects.
     */
    drained(signal: AbortSignal): Promise<void> | undefined {
      if (signal.aborted) return undefined;
      if (this.isOpen && !this.#hasWaiters && !this.#isBackedUp()) return undefined;
      const waiters = (this.#waiters ??= new Set());
      return new Promise((resolve) => {
        const done = () => {
          waiters.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        waiters.add(done);
        this.#pollLater();
        signal.addEventListener('abort', done, { once: true });
      });
    }

    get #hasWaiters(): boolean {
      return this.#waiters !== undefined && this.#waiters.size > 0;
    }

    get isOpen(): boolean {
      return this.readyState === WebSocket.OPEN;
    }

    sendText(text: string): void {
      this.send(text, asText);
    }

    /**
     * To a client that keeps up, as one write: `ws` would create a header for each subscriber and write it with the
     * message by `writev`, which costs a third more.
     */
    sendFrame(frame: TextFrame): void {
      const tcpSocket = this.#tcpSocket;
      if (!this.isOpen) return;
      if (tcpSocket !== null && this.bufferedAmount === 0 && frame.bytes.length <= highWaterMarkBytes) {
        tcpSocket.write(frame.bytes);
      } else this.send(payloadOf(frame), asText);
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
        // The usual case: the client keeps up, and no callback waits for this message.
        return super.send(data, sendOptions);
      }
      this.#unsentMessages += 1;
      super.send(data, sendOptions, (error) => {
        this.#unsentMessages -= 1;
        this.#settle();
        if (typeof callback === 'function') (callback as (error?: Error) => void)(error);
      });
      if (this.#isBackedUp()) this.#startDeadline();
      this.#pauseReads();
    }

    /** Like `sendText`, but does nothing while another message sent by this is pending: that one serves for both. */
    sendOnce(text: string): void {
      if (this.#isOnceWaiting) return;
      this.#isOnceWaiting = true;
      this.send(text, asText, () => {
        this.#isOnceWaiting = false;
      });
    }

    /**
     * The answer to a ping, which peers may send without limit and without reading the answers. While one is
     * pending, only the last of the later ones is kept, as RFC 6455 (5.5.3) allows.
     */
    override pong(
      data?: Parameters<WebSocket['pong']>[0],
      mask?: boolean,
      callback?: (error: Error) => void,
    ): void {
      if (this.#isPongWaiting) {
        this.#nextPong = () => this.pong(data, mask);
        // `ws` counts pending pongs and closes a peer that has many; for it this one is done.
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

    /** Messages are counted too: a small one takes more memory than its bytes. */
    #pauseReads(): void {
      const isMuch = this.bufferedAmount > highWaterMarkBytes * readPauseFactor;
      if (isMuch || this.#unsentMessages > maxUnsentMessages) this.readPauses.pause('answers to send');
    }

    /** Closes with a code and terminates after a grace period: after a backlog the close frame would never arrive. */
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
      return buffered > lowMemoryMarkBytes && isMemoryShort();
    }

    /** Below the usual mark there is no notification of sent bytes. */
    #pollLater(): void {
      if (this.bufferedAmount > highWaterMarkBytes || this.readyState !== WebSocket.OPEN) return;
      if (this.#isPolling) return;
      this.#isPolling = true;
      this.#after(lowMemoryPollMs, () => {
        this.#isPolling = false;
        this.#settle();
        if (this.#hasWaiters) this.#pollLater();
      });
    }

    /** A timer that is cancelled when the socket closes. */
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
      if (this.#cancelDeadline === undefined) this.#watchProgress(this.flushedBytes);
    }

    #watchProgress(flushedBefore: number): void {
      this.#cancelDeadline = this.#after(slowReaderMs, () => this.#checkProgress(flushedBefore));
    }

    #checkProgress(flushedBefore: number): void {
      // After a turn: bytes that drained while the event loop was busy are reported only after the timers.
      clock.turn(() => {
        if (this.#cancelDeadline === undefined) return;
        // Memory was short and no longer is: the next backlog starts a deadline of its own.
        if (!this.#isBackedUp()) return this.#settle();
        const flushed = this.flushedBytes;
        // One large message over a slow line is making progress; disconnected, it would be sent from the start
        // again, forever.
        if (flushed - flushedBefore >= leastTakenBytes) this.#watchProgress(flushed);
        else this.closeOrTerminate(closeCodes.slowReader, closeReasons.slowConsumer());
      });
    }

    /** After a message was sent: is the client still backed up? */
    #settle(): void {
      if (this.readyState !== WebSocket.OPEN || this.#isBackedUp()) return;
      this.#cancelDeadline?.();
      this.#cancelDeadline = undefined;
      if (this.#unsentMessages <= maxUnsentMessages / 2) this.readPauses.resume('answers to send');
      this.#releaseOne();
    }

    #releaseOne(): void {
      if (this.#releasing || this.readyState !== WebSocket.OPEN || this.#isBackedUp()) return;
      const [first] = this.#waiters ?? [];
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

/** A UTF-16 unit takes at most three bytes, and a frame's header at most ten. */
function mostBytes(data: Parameters<WebSocket['send']>[0]): number {
  if (typeof data === 'string') return data.length * 3 + 10;
  return Buffer.isBuffer(data) ? data.length + 10 : Number.POSITIVE_INFINITY;
}
