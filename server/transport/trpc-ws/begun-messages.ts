import { closeReasons } from '@stagewire/shared/close-reasons';
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
export function watchBegunMessages(
  client: PacingSocket,
  socket: Duplex,
  { account, clock, limits }: BegunMessagesOptions,
): void {
  let pendingBytes = 0;
  let begunAtMs = 0;
  let heardAtMs = 0;
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

  function look(): void {
    cancelTimer = undefined;
    const nowMs = clock.now();
    // While it is paused, by us, it cannot bring anything.
    if (client.isPaused) heardAtMs = nowMs;
    else if (nowMs - begunAtMs >= limits.messageDeadlineMs)
      return end(closeReasons.messageTooSlow(limits.messageDeadlineMs));
    else if (nowMs - heardAtMs >= limits.messageIdleMs)
      return end(closeReasons.messageStalled(limits.messageIdleMs));
    cancelTimer = clock.after(limits.messageIdleMs, look);
  }

  function end(reason: string, code = policyViolation): void {
    hasEnded = true;
    cancelTimer?.();
    client.closeOrTerminate(code, reason);
    // `ws` goes on keeping what comes until the peer has closed too, and this peer need not.
    client.pause();
  }

  socket.on('data', (chunk: Buffer) => {
    if (hasEnded) return;
    heardAtMs = clock.now();
    if (pendingBytes === 0) begunAtMs = heardAtMs;
    pendingBytes += chunk.length;
    // A message that is whole in its chunk has been told before the timer could ever matter.
    cancelTimer ??= clock.after(limits.messageIdleMs, look);
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
  // From then on `ws` keeps nothing of what comes.
  client.once('error', () => {
    hasEnded = true;
    settle();
  });
  client.once('close', settle);
}
