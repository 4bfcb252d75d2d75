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
}

/** Detects a dead peer. Active from its creation until `stop`. */
export interface Liveness {
  /** A message has arrived. */
  onMessage(): void;
  /** Sends a ping now. @param waitMs timeout of the pong, if shorter than the current one */
  check(waitMs?: number): void;
  stop(): void;
}

/** A network that has just come back delivers a pong within this time, or older data is lost, in milliseconds. */
export const shortWaitMs = 3000;

/**
 * A timer this late means a busy event loop or a suspended machine: messages that arrived meanwhile are still unread.
 */
const lateMs = 1000;

/** A connection that has lasted this long is stable: the next one starts with the shortest timeout, in milliseconds. */
const stableMs = 60_000;

export function createLiveness(options: LivenessOptions): Liveness {
  const { session, pongTimeout, intervalMs, sendPing, onTimeout } = options;
  const { clock } = session;
  const startedAt = session.elapsedMs();
  let lastMessageAt = startedAt;
  let cancelPing = () => {};
  let cancelDeadline = () => {};
  let isWaiting = false;

  // One timer for many messages: when it fires, it checks the time of the last one.
  const pingIn = (delayMs: number) => {
    cancelPing = clock.after(delayMs, () => {
      const leftMs = intervalMs - (session.elapsedMs() - lastMessageAt);
      if (!isWaiting && leftMs > 1) pingIn(leftMs);
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
  const check = (waitMs = Infinity) => {
    cancelPing();
    // Pings are repeated while no pong arrives: the peer may use them as heartbeats.
    pingIn(intervalMs);
    sendPing();
    if (isWaiting && waitMs === Infinity) return;
    isWaiting = true;
    expect(Math.min(waitMs, pongTimeout.timeoutMs));
  };

  pingIn(intervalMs);
  return {
    onMessage() {
      lastMessageAt = session.elapsedMs();
      if (lastMessageAt - startedAt > stableMs) pongTimeout.reset();
      if (!isWaiting) return;
      isWaiting = false;
      cancelDeadline();
    },
    check,
    stop() {
      cancelPing();
      cancelDeadline();
    },
  };
}
