import type { PongTimeout } from './pong-timeout.ts';
import type { Session } from './session.ts';

export interface LivenessOptions {
  readonly session: Session;
  readonly pongTimeout: PongTimeout;
  /** A ping is sent after this time without a message, repeatedly, in milliseconds. */
  readonly intervalMs: number;
  /** Sends a ping. */
  readonly sendPing: () => void;
  /** Called when the peer has not responded in time. */
  readonly onTimeout: () => void;
  /** Called when a ping has been unanswered for a moment; with false when something has arrived after that. */
  readonly onQuiet: (isQuiet: boolean) => void;
}

/** Detects a dead peer. Active from its creation until `stop`. */
export interface Liveness {
  /** A message has arrived. */
  onMessage(): void;
  /** Sends a ping now. @param waitMs timeout of the pong, if shorter than the current one */
  check(waitMs?: number): void;
  stop(): void;
}

/** A peer that has sent something at such intervals, like the heartbeats of a run, gets a ping as soon as it is later. */
const activeGapMs = 1500;

/** A pong that is later than this is reported, in milliseconds. */
const quietMs = 1500;

/** A network that has just come back delivers a pong within this time, or older data is lost, in milliseconds. */
export const shortWaitMs = 3000;

/** If the platform reports that the network is gone, a server that is still reached responds within this time. */
export const offlineWaitMs = 1000;

/**
 * A timer this late means a busy event loop or a suspended machine: messages that arrived meanwhile are still unread.
 */
const lateMs = 1000;

/** A connection that has lasted this long is stable: the next one starts with the shortest timeout, in milliseconds. */
const stableMs = 60_000;

export function createLiveness(options: LivenessOptions): Liveness {
  const { session, pongTimeout, intervalMs, sendPing, onTimeout, onQuiet } = options;
  const { clock } = session;
  const startedAt = session.elapsedMs();
  let lastMessageAt = startedAt;
  let pingedAt = startedAt;
  let cancelPing = () => {};
  let cancelDeadline = () => {};
  let cancelQuiet = () => {};
  let isWaiting = false;
  let isQuiet = false;
  /** How many messages in a row came at short intervals. */
  let active = 0;

  // One timer for many messages: when it fires, it checks the time of the last one.
  const pingIn = (delayMs: number) => {
    cancelPing = clock.after(Math.min(delayMs, activeGapMs), () => {
      const dueMs = active > 2 ? Math.min(intervalMs, activeGapMs) : intervalMs;
      const leftMs = (isWaiting ? pingedAt + intervalMs : lastMessageAt + dueMs) - session.elapsedMs();
      if (leftMs > 1) pingIn(leftMs);
      else check();
    });
  };
  const expect = (waitMs: number) => {
    const dueAt = session.elapsedMs() + waitMs;
    cancelDeadline();
    cancelDeadline = clock.after(waitMs, () => {
      if (session.elapsedMs() - dueAt > lateMs) return expect(Math.min(waitMs, shortWaitMs));
      pongTimeout.grow();
      onTimeout();
    });
  };
  const expectSoon = () => {
    const dueAt = session.elapsedMs() + quietMs;
    cancelQuiet();
    cancelQuiet = clock.after(quietMs, () => {
      if (session.elapsedMs() - dueAt > lateMs) return expectSoon();
      isQuiet = true;
      onQuiet(true);
    });
  };
  const check = (waitMs = Infinity) => {
    cancelPing();
    pingedAt = session.elapsedMs();
    // Pings are repeated while no pong arrives: the peer may use them as heartbeats.
    pingIn(intervalMs);
    sendPing();
    if (isWaiting && waitMs === Infinity) return;
    if (!isWaiting) expectSoon();
    isWaiting = true;
    expect(Math.min(waitMs, pongTimeout.timeoutMs));
  };

  pingIn(intervalMs);
  return {
    onMessage() {
      const now = session.elapsedMs();
      active = now - lastMessageAt <= activeGapMs ? active + 1 : 0;
      lastMessageAt = now;
      if (lastMessageAt - startedAt > stableMs) pongTimeout.reset();
      if (!isWaiting) return;
      isWaiting = false;
      cancelDeadline();
      cancelQuiet();
      if (isQuiet) onQuiet(false);
      isQuiet = false;
    },
    check,
    stop() {
      cancelPing();
      cancelDeadline();
      cancelQuiet();
    },
  };
}
