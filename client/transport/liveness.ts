import type { Patience } from './patience.ts';
import type { Session } from './session.ts';

export interface LivenessOptions {
  readonly session: Session;
  readonly patience: Patience;
  /** After so long without anything from the peer it is asked, again and again, in milliseconds. */
  readonly intervalMs: number;
  /** Asks the peer for a sign of life. */
  readonly ask: () => void;
  /** The peer has been silent for too long. */
  readonly onSilent: () => void;
}

/** Watches whether anything comes from a peer. It works from the moment it is made until `stop`. */
export interface Liveness {
  /** Something has come. */
  heard(): void;
  /** Asks now. @param waitMs how long the answer may take, if that is shorter than the patience there is */
  check(waitMs?: number): void;
  stop(): void;
}

/** A network that has just come back answers within this, or what it carried before is gone, in milliseconds. */
export const shortWaitMs = 3000;

/** A timer so late tells of a busy event loop or a machine that slept: what has come meanwhile is still unread. */
const lateMs = 1000;

/** A connection that has lasted this long is a good one: the next begins with the shortest wait, in milliseconds. */
const calmMs = 60_000;

export function createLiveness(options: LivenessOptions): Liveness {
  const { session, patience, intervalMs, ask, onSilent } = options;
  const { clock } = session;
  const startedAt = session.elapsedMs();
  let heardAt = startedAt;
  let cancelAsk = () => {};
  let cancelDeadline = () => {};
  let isWaiting = false;

  // One timer for many messages: it looks when the last of them came.
  const askIn = (delayMs: number) => {
    cancelAsk = clock.after(delayMs, () => {
      const leftMs = intervalMs - (session.elapsedMs() - heardAt);
      if (!isWaiting && leftMs > 1) askIn(leftMs);
      else check();
    });
  };
  const expect = (waitMs: number) => {
    const dueAt = session.elapsedMs() + waitMs;
    cancelDeadline();
    cancelDeadline = clock.after(waitMs, () => {
      if (session.elapsedMs() - dueAt > lateMs) return expect(Math.min(waitMs, shortWaitMs));
      patience.grow();
      onSilent();
    });
  };
  const check = (waitMs = Infinity) => {
    cancelAsk();
    // Asked again while no answer comes: the peer, too, may want to see that somebody is there.
    askIn(intervalMs);
    ask();
    if (isWaiting && waitMs === Infinity) return;
    isWaiting = true;
    expect(Math.min(waitMs, patience.waitMs));
  };

  askIn(intervalMs);
  return {
    heard() {
      heardAt = session.elapsedMs();
      if (heardAt - startedAt > calmMs) patience.reset();
      if (!isWaiting) return;
      isWaiting = false;
      cancelDeadline();
    },
    check,
    stop() {
      cancelAsk();
      cancelDeadline();
    },
  };
}
