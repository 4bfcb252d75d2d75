import { closeReasons } from '@stagewire/shared/close-reasons';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../runtime/clock.ts';
import type { MemoryAccount, MemoryCharge } from '../../runtime/memory-account.ts';
import type { TransportLimits } from '../limits.ts';
import type { PacingSocket } from '../paced-socket.ts';

export interface PartialMessagesOptions {
  readonly account: MemoryAccount;
  readonly clock: Clock;
  readonly limits: Pick<TransportLimits, 'freeMessageBytes' | 'messageIdleMs' | 'messageDeadlineMs'>;
}

/** 1008: policy violation. 1013: no memory now. */
const policyViolation = 1008;
const tryAgainLater = 1013;

/** The header of a client's frame with at most 125 bytes: two bytes and the mask. */
const controlFrameHeaderBytes = 6;

/**
 * Charges the partial messages of a connection, and closes connections whose partial message stalls: `ws` keeps
 * up to `maxPayload` of each without a timeout.
 */
export interface PartialMessages {
  /** A message is whole. */
  message(): void;
  /** A ping or pong came, with this content. */
  control(data: Buffer): void;
  /** The socket failed: from then on `ws` keeps nothing of what comes. */
  failed(): void;
  closed(): void;
}

/** @param socket Below the client: its `data` is what the messages are made of. */
export function limitPartialMessages(
  client: PacingSocket,
  socket: Duplex,
  options: PartialMessagesOptions,
): PartialMessages {
  const begun = new CountedPartialMessages(client, options);
  socket.on('data', (chunk: Buffer) => begun.received(chunk));
  return begun;
}

class CountedPartialMessages implements PartialMessages {
  readonly #client: PacingSocket;
  readonly #options: PartialMessagesOptions;
  #pendingBytes = 0;
  #startedAtMs = 0;
  #receivedAtMs = 0;
  #charge: MemoryCharge | undefined = undefined;
  #cancelTimer: (() => void) | undefined = undefined;
  #hasEnded = false;

  constructor(client: PacingSocket, options: PartialMessagesOptions) {
    this.#client = client;
    this.#options = options;
  }

  received(chunk: Buffer): void {
    if (this.#hasEnded) return;
    const { account, clock, limits } = this.#options;
    this.#receivedAtMs = clock.elapsed();
    if (this.#pendingBytes === 0) this.#startedAtMs = this.#receivedAtMs;
    this.#pendingBytes += chunk.length;
    // A message that is complete in its chunk is emitted before the timer can fire.
    this.#cancelTimer ??= clock.after(limits.messageIdleMs, () => this.#check());
    if (this.#pendingBytes <= limits.freeMessageBytes) return;
    this.#charge ??= account.charge('requests', 0);
    if (this.#charge?.resize(this.#pendingBytes) !== true) this.#end(closeReasons.noMemory(), tryAgainLater);
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

  #check(): void {
    this.#cancelTimer = undefined;
    const { clock, limits } = this.#options;
    const nowMs = clock.elapsed();
    // A socket that we have paused cannot receive anything.
    if (this.#client.isPaused) this.#receivedAtMs = nowMs;
    else if (nowMs - this.#startedAtMs >= limits.messageDeadlineMs)
      return this.#end(closeReasons.messageTooSlow(limits.messageDeadlineMs));
    else if (nowMs - this.#receivedAtMs >= limits.messageIdleMs)
      return this.#end(closeReasons.messageStalled(limits.messageIdleMs));
    this.#cancelTimer = clock.after(limits.messageIdleMs, () => this.#check());
  }

  #end(reason: string, code = policyViolation): void {
    this.#hasEnded = true;
    this.#cancelTimer?.();
    this.#client.closeOrTerminate(code, reason);
    // `ws` keeps buffering until the peer has closed too, and this peer may not.
    this.#client.pause();
  }
}
