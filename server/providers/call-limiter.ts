import type { Clock } from '../runtime/clock.ts';
import type { RandomSource } from '../runtime/random.ts';
import { createOwnerTurns } from './owner-turns.ts';

export interface CallLimiterOptions {
  readonly clock: Pick<Clock, 'elapsed' | 'after'>;
  readonly random: Pick<RandomSource, 'next'>;
  /** Calls that are in flight at the same time. @default 1_000 */
  readonly maxCalls?: number;
}

/** What a call that is not sent yet is waiting for. */
export interface CallWait {
  /** `throttled`: the provider has rejected another call with the same key. */
  readonly phase: 'call-queued' | 'throttled';
  /** Calls that are sent before it. */
  readonly ahead: number;
  /** Milliseconds until the next call with the key is sent. Only if `throttled`. */
  readonly retryInMs?: number;
}

/** A call that wants to be sent. */
export interface Caller {
  /** Whose run it is: the owners take turns. */
  readonly owner: string;
  readonly signal: AbortSignal;
  /** It was sent before, and is sent again before the other calls of its owner. */
  readonly isAgain: boolean;
  /** Called with a function that describes the wait if the call must wait, and with `undefined` when it is sent. */
  onWaiting(describe: (() => CallWait) | undefined): void;
}

/** The right to send one call. */
export interface CallTurn {
  /** The provider has accepted the call. Idempotent. */
  accept(): void;
  /**
   * The provider has rejected the call since too many come, or it is overloaded. All calls that are not sent wait.
   *
   * @returns `wait` if another call was rejected since this one was sent: it waits as well and is sent again. `fail` if
   * this call is the first one.
   */
  throttle(retryAfterMs: number | undefined): 'wait' | 'fail';
  /** The call has ended, however. Idempotent. */
  leave(): void;
}

export interface CallLimiterStats {
  readonly inFlight: number;
  readonly queued: number;
  readonly throttled: number;
  /** Calls that the provider has rejected so far, since too many came or it was overloaded. */
  readonly throttles: number;
}

/**
 * The calls to one provider with one key: how many are in flight, and the pauses that the provider asks for, which all of
 * them share.
 */
export interface CallLimiter {
  /** Waits until the call may be sent; `undefined` if its signal aborts first. */
  enter(caller: Caller): Promise<CallTurn | undefined>;
  stats(): CallLimiterStats;
}

/** The pause where the provider names none, in milliseconds: it doubles with every rejection in succession. */
const pauseBaseMs = 1_000;
const pauseCapMs = 30_000;
/** A probe that is not rejected for so long counts as accepted: a model may reason long before its first byte. */
const probeMs = 5_000;
/** The waiting calls are sent within about this time, and at most this far apart. */
const releaseSpreadMs = 5_000;
const releaseGapMs = 100;

interface Ticket {
  readonly caller: Caller;
  grant(): void;
}

export function createCallLimiter({ clock, random, maxCalls = 1_000 }: CallLimiterOptions): CallLimiter {
  const waiting = createOwnerTurns<Ticket>();
  /**
   * `open`: calls are sent as they come. `paused`: none is sent. `probing`: one is sent, or the next that comes.
   * `releasing`: the waiting calls are sent one after the other.
   */
  let mode: 'open' | 'paused' | 'probing' | 'releasing' = 'open';
  let inFlight = 0;
  let probe: CallTurn | undefined;
  let pausedUntilMs = 0;
  let pauses = 0;
  /** Rejections since a call was accepted. */
  let rejections = 0;
  let throttles = 0;
  /** Between two calls that are released, without jitter. */
  let gapMs = releaseGapMs;
  let cancelTimer = () => {};

  function setTimer(delayMs: number, task: () => void): void {
    cancelTimer();
    cancelTimer = clock.after(delayMs, task);
  }

  function mayBeSent(): boolean {
    if (inFlight >= maxCalls) return false;
    return mode === 'open' || (mode === 'probing' && probe === undefined);
  }

  /** Sends what may be sent now. */
  function pump(): void {
    while (waiting.size > 0 && mayBeSent()) waiting.take()?.grant();
  }

  function open(): CallTurn {
    const pausesBefore = pauses;
    let hasLeft = false;
    inFlight += 1;
    const turn: CallTurn = {
      accept() {
        // It was sent before a rejection, and says nothing about what is accepted now.
        if (pauses !== pausesBefore) return;
        rejections = 0;
        if (turn === probe) release();
      },
      throttle(retryAfterMs) {
        throttles += 1;
        const isFirst = pauses === pausesBefore;
        if (isFirst) {
          pauses += 1;
          rejections += 1;
        }
        pause(retryAfterMs ?? ownPauseMs());
        return isFirst ? 'fail' : 'wait';
      },
      leave() {
        if (hasLeft) return;
        hasLeft = true;
        inFlight -= 1;
        if (turn === probe) probe = undefined;
        pump();
      },
    };
    if (mode === 'probing') {
      probe = turn;
      setTimer(probeMs, () => turn.accept());
    }
    return turn;
  }

  function ownPauseMs(): number {
    const longestMs = Math.min(pauseCapMs, pauseBaseMs * 2 ** Math.min(rejections - 1, 20));
    return Math.round(longestMs / 2 + (longestMs / 2) * random.next());
  }

  function pause(delayMs: number): void {
    const nowMs = clock.elapsed();
    pausedUntilMs = mode === 'paused' ? Math.max(pausedUntilMs, nowMs + delayMs) : nowMs + delayMs;
    mode = 'paused';
    probe = undefined;
    setTimer(pausedUntilMs - nowMs, () => {
      mode = 'probing';
      pump();
    });
  }

  function release(): void {
    probe = undefined;
    mode = 'releasing';
    gapMs = Math.min(releaseGapMs, releaseSpreadMs / Math.max(1, waiting.size));
    releaseNext();
  }

  /** One call after the other, with jitter; when none waits, or as many are in flight as may be, they are sent as they come. */
  function releaseNext(): void {
    if (waiting.size === 0 || inFlight >= maxCalls) {
      cancelTimer();
      mode = 'open';
      return pump();
    }
    setTimer(2 * gapMs * random.next(), () => {
      waiting.take()?.grant();
      releaseNext();
    });
  }

  function describe(ticket: Ticket): CallWait {
    const ahead = waiting.aheadOf(ticket.caller.owner, ticket);
    if (mode === 'open') return { phase: 'call-queued', ahead };
    const retryInMs = mode === 'paused' ? Math.max(0, Math.ceil(pausedUntilMs - clock.elapsed())) : 0;
    return { phase: 'throttled', ahead, retryInMs };
  }

  return {
    enter(caller) {
      const { owner, signal, isAgain, onWaiting } = caller;
      if (signal.aborted) return Promise.resolve(undefined);
      if (waiting.size === 0 && mayBeSent()) return Promise.resolve(open());
      return new Promise((resolve) => {
        const ticket: Ticket = {
          caller,
          grant() {
            signal.removeEventListener('abort', stop);
            onWaiting(undefined);
            resolve(open());
          },
        };
        const stop = () => {
          waiting.remove(owner, ticket);
          resolve(undefined);
        };
        signal.addEventListener('abort', stop, { once: true });
        waiting.add(owner, ticket, isAgain);
        onWaiting(() => describe(ticket));
      });
    },

    stats() {
      const isOpen = mode === 'open';
      return {
        inFlight,
        queued: isOpen ? waiting.size : 0,
        throttled: isOpen ? 0 : waiting.size,
        throttles,
      };
    },
  };
}
