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
export function limitPartialMessages(
  client: PacingSocket,
  socket: Duplex,
  { account, clock, limits }: PartialMessagesOptions,
): void {
  let pendingBytes = 0;
  let startedAtMs = 0;
  let receivedAtMs = 0;
  let charge: MemoryCharge | undefined;
  let cancelTimer: (() => void) | undefined;
  let hasEnded = false;

  function settle(): void {
    pendingBytes = 0;
    charge?.release();
    charge = undefined;
    cancelTimer?.();
    cancelTimer = undefined;
  }

  function check(): void {
    cancelTimer = undefined;
    const nowMs = clock.now();
    // A socket that we have paused cannot receive anything.
    if (client.isPaused) receivedAtMs = nowMs;
    else if (nowMs - startedAtMs >= limits.messageDeadlineMs)
      return end(closeReasons.messageTooSlow(limits.messageDeadlineMs));
    else if (nowMs - receivedAtMs >= limits.messageIdleMs)
      return end(closeReasons.messageStalled(limits.messageIdleMs));
    cancelTimer = clock.after(limits.messageIdleMs, check);
  }

  function end(reason: string, code = policyViolation): void {
    hasEnded = true;
    cancelTimer?.();
    client.closeOrTerminate(code, reason);
    // `ws` keeps buffering until the peer has closed too, and this peer may not.
    client.pause();
  }

  socket.on('data', (chunk: Buffer) => {
    if (hasEnded) return;
    receivedAtMs = clock.now();
    if (pendingBytes === 0) startedAtMs = receivedAtMs;
    pendingBytes += chunk.length;
    // A message that is complete in its chunk is emitted before the timer can fire.
    cancelTimer ??= clock.after(limits.messageIdleMs, check);
    if (pendingBytes <= limits.freeMessageBytes) return;
    charge ??= account.charge('requests', 0);
    if (charge?.resize(pendingBytes) !== true) end(closeReasons.noMemory(), tryAgainLater);
  });
  client.on('message', () => {
    if (!hasEnded) settle();
  });
  for (const type of ['ping', 'pong'] as const) {
    client.on(type, (data: Buffer) => {
      pendingBytes -= data.length + controlFrameHeaderBytes;
      if (pendingBytes <= 0 && !hasEnded) settle();
    });
  }
  // After an error `ws` buffers nothing.
  client.once('error', () => {
    hasEnded = true;
    settle();
  });
  client.once('close', settle);
}
