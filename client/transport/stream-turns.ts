import type { Session } from './session.ts';
import type { StreamPlaces } from './stream-places.ts';

export interface StreamTurnsOptions {
  readonly session: Session;
  /** The maximum number of streams that are open at the same time. */
  readonly maxStreams: number;
  /** How long a stream stays open at least while others wait, in milliseconds. */
  readonly turnMs: number;
  /** Limits the streams of all tabs together. @default each client has a limit of its own */
  readonly places?: StreamPlaces | undefined;
}

/** The right to have one stream open. */
export interface Turn {
  /** An event has arrived; the stream has its cursor, so it can be resumed. */
  noteEvent(): void;
  /** The stream is silent and can be resumed: it has sent all that there is. */
  notePing(): void;
  release(): void;
}

/**
 * Limits the streams that are open at the same time: over HTTP/1.1 a browser has six connections to a host, and commands
 * need some of them. More subscriptions take turns. Each is resumed from its cursor, so a pause delays its events, and
 * loses none; and each gets its turn.
 */
export interface StreamTurns {
  /**
   * Resolves when a stream may be opened; with `undefined` if the signal aborts first. `onYield` is called at most once,
   * when the stream must close because another one waits.
   */
  take(signal: AbortSignal, onYield: () => void): Promise<Turn | undefined>;
}

interface Holder {
  readonly since: number;
  lastEventAt: number;
  /** Whether it has progressed: a stream that is closed before its first event would never progress. */
  hasProgressed: boolean;
  isYielding: boolean;
  readonly onYield: () => void;
}

export function createStreamTurns(options: StreamTurnsOptions): StreamTurns {
  const { session, maxStreams, turnMs, places } = options;
  const holders = new Set<Holder>();
  const queue: (() => void)[] = [];
  let cancelTimer: (() => void) | undefined;
  let checkedAt = 0;
  /** Streams that have their turn here, and wait for a place among all tabs. */
  let entering = 0;

  function grantNext(): void {
    while (holders.size + entering < maxStreams && queue.length > 0) queue.shift()?.();
  }

  /** Of the streams whose turn is over, the one that was silent for the longest time must wait for the next one. */
  async function check(): Promise<void> {
    cancelTimer?.();
    cancelTimer = undefined;
    checkedAt = session.elapsedMs();
    const waiting = queue.length + (places === undefined ? 0 : await places.waiting());
    const now = session.elapsedMs();
    const isOver = (it: Holder) => it.hasProgressed && !it.isYielding && now - it.since >= turnMs;
    const over = [...holders].filter(isOver).sort((one, other) => one.lastEventAt - other.lastEventAt);
    const yielding = [...holders].filter((it) => it.isYielding).length;
    for (const holder of over.slice(0, Math.max(0, waiting - yielding))) {
      holder.isYielding = true;
      holder.onYield();
    }
    schedule();
  }

  function schedule(): void {
    const mayWait = queue.length > 0 || (places !== undefined && holders.size > 0);
    if (mayWait && !session.closed) cancelTimer ??= session.clock.after(turnMs / 4, () => void check());
  }

  function restIfIdle(): void {
    if (queue.length > 0 || holders.size > 0) return;
    cancelTimer?.();
    cancelTimer = undefined;
  }

  /** The timers of a hidden tab are late, but what it receives is not. */
  function checkIfLate(): void {
    if (cancelTimer !== undefined && session.elapsedMs() - checkedAt > turnMs) void check();
  }

  function hold(onYield: () => void, releasePlace = () => {}): Turn {
    const now = session.elapsedMs();
    const holder: Holder = {
      since: now,
      lastEventAt: now,
      hasProgressed: false,
      isYielding: false,
      onYield,
    };
    holders.add(holder);
    schedule();
    return {
      noteEvent() {
        holder.hasProgressed = true;
        holder.lastEventAt = session.elapsedMs();
        checkIfLate();
      },
      notePing() {
        holder.hasProgressed = true;
        checkIfLate();
      },
      release() {
        if (!holders.delete(holder)) return;
        releasePlace();
        grantNext();
        restIfIdle();
      },
    };
  }

  return {
    take(signal, onYield) {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve(undefined);
        const grant = () => {
          signal.removeEventListener('abort', giveUp);
          if (places === undefined) resolve(hold(onYield));
          else void enter(places).then(resolve);
        };
        const enter = async (shared: StreamPlaces) => {
          entering += 1;
          const release = await shared.take(signal);
          entering -= 1;
          if (release !== undefined) return hold(onYield, release);
          grantNext();
          return undefined;
        };
        const giveUp = () => {
          queue.splice(queue.indexOf(grant), 1);
          restIfIdle();
          resolve(undefined);
        };
        queue.push(grant);
        signal.addEventListener('abort', giveUp, { once: true });
        grantNext();
        schedule();
      });
    },
  };
}
