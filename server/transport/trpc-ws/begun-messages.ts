import type { Duplex } from 'node:stream';
import type { Clock } from '../../runtime/clock.ts';
import type { MemoryAccount, MemoryCharge } from '../../runtime/memory-account.ts';
import type { TransportLimits } from '../limits.ts';
import type { PacingSocket } from '../paced-socket.ts';

export interface BegunMessagesOptions {
  readonly account: MemoryAccount;
  readonly clock: Clock;
  readonly limits: Pick<TransportLimits, 'freeMessageBytes' | 'messageIdleMs' | 'messageDeadlineMs'>;
}

/** 1008: the peer does what it may not. 1013: there is no room just now. */
const policyViolation = 1008;
const tryAgainLater = 1013;

/** The header of a frame from a client whose content is at most 125 bytes: two bytes and the mask. */
const controlFrameHeaderBytes = 6;

/**
 * Counts what a connection holds of messages that have begun and not ended, and ends connections that begin one and do
 * not go on with it: `ws` keeps up to `maxPayload` of each, for ever.
 */
export interface BegunMessages {
  /** A message is whole. */
  message(): void;
  /** A ping or pong came, with this content. */
  control(data: Buffer): void;
  /** The socket failed: from then on `ws` keeps nothing of what comes. */
  failed(): void;
  closed(): void;
}

/** @param socket Below the client: its `data` is what the messages are made of. */
export function watchBegunMessages(
  client: PacingSocket,
  socket: Duplex,
  options: BegunMessagesOptions,
): BegunMessages {
  const begun = new CountedBegunMessages(client, options);
  socket.on('data', (chunk: Buffer) => begun.received(chunk));
  return begun;
}

class CountedBegunMessages implements BegunMessages {
  readonly #client: PacingSocket;
  readonly #options: BegunMessagesOptions;
  #pendingBytes = 0;
  #begunAtMs = 0;
  #heardAtMs = 0;
  #charge: MemoryCharge | undefined = undefined;
  #cancelTimer: (() => void) | undefined = undefined;
  #hasEnded = false;

  constructor(client: PacingSocket, options: BegunMessagesOptions) {
    this.#client = client;
    this.#options = options;
  }

  received(chunk: Buffer): void {
    if (this.#hasEnded) return;
    const { account, clock, limits } = this.#options;
    this.#heardAtMs = clock.now();
    if (this.#pendingBytes === 0) this.#begunAtMs = this.#heardAtMs;
    this.#pendingBytes += chunk.length;
    // A message that is whole in its chunk has been told before the timer could ever matter.
    this.#cancelTimer ??= clock.after(limits.messageIdleMs, () => this.#look());
    if (this.#pendingBytes <= limits.freeMessageBytes) return;
    this.#charge ??= account.charge('requests', 0);
    if (this.#charge?.resize(this.#pendingBytes) !== true)
      this.#end('the server has no room for so large a message', tryAgainLater);
  }

  message(): void {
    if (!this.#hasEnded) this.#settle();
  }

  control(data: Buffer): void {
    this.#pendingBytes -= data.length + controlFrameHeaderBytes;
    if (this.#pendingBytes <= 0 && !this.#hasEnded) this.#settle();
  }

  failed(): void {
    this.#hasEnded = true;
    this.#settle();
  }

  closed(): void {
    this.#settle();
  }

  #settle(): void {
    this.#pendingBytes = 0;
    this.#charge?.release();
    this.#charge = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #look(): void {
    this.#cancelTimer = undefined;
    const { clock, limits } = this.#options;
    const nowMs = clock.now();
    // While it is paused, by us, it cannot bring anything.
    if (this.#client.isPaused) this.#heardAtMs = nowMs;
    else if (nowMs - this.#begunAtMs >= limits.messageDeadlineMs)
      return this.#end(`a message took longer than ${limits.messageDeadlineMs} ms`);
    else if (nowMs - this.#heardAtMs >= limits.messageIdleMs)
      return this.#end('a message was begun and not gone on with');
    this.#cancelTimer = clock.after(limits.messageIdleMs, () => this.#look());
  }

  #end(reason: string, code = policyViolation): void {
    this.#hasEnded = true;
    this.#cancelTimer?.();
    this.#client.closeOrTerminate(code, reason);
    // `ws` goes on keeping what comes until the peer has closed too, and this peer need not.
    this.#client.pause();
  }
}
