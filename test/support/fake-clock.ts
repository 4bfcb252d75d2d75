import type { Clock } from '../../server/runtime/clock.ts';

export interface FakeClockOptions {
  /** Where time begins, in milliseconds since the Unix epoch. Default: 2026-01-01T00:00:00.000Z. */
  readonly startMs?: number;
}

/** A clock whose time stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Moves time forward by `ms`. Every timer that falls due runs at its own instant, in order; before the first
   * and after each of them turns and promises come to rest, so what they schedule within `ms` runs too.
   */
  advance(ms: number): Promise<void>;
  /**
   * Lets promises settle and runs turns until there are none; time stands still.
   *
   * @throws Error if turns go on asking for turns, 100,000 times.
   */
  runTurns(): Promise<void>;
  /** Timers that have neither run nor been taken back: 0 proves that nothing was left behind. */
  readonly pendingTimers: number;
  /** The instant at which the next timer falls due; `undefined` if there is none. */
  readonly nextTimerAt: number | undefined;
}

interface Timer {
  readonly dueMs: number;
  readonly task: () => void;
}

const maxRounds = 100_000;

export function createFakeClock(options: FakeClockOptions = {}): FakeClock {
  const startedMs = options.startMs ?? Date.UTC(2026, 0, 1);
  let nowMs = startedMs;
  let turns: (() => void)[] = [];
  // A set keeps the order of insertion, which decides between timers of one instant.
  const timers = new Set<Timer>();

  const next = (): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) if (first === undefined || timer.dueMs < first.dueMs) first = timer;
    return first;
  };

  const runTurns = async (): Promise<void> => {
    for (let round = 0; round < maxRounds; round += 1) {
      await realTurn();
      if (turns.length === 0) return;
      const now = turns;
      turns = [];
      for (const task of now) task();
    }
    throw new Error(`turns still ask for turns after ${maxRounds} rounds`);
  };

  return {
    now: () => nowMs,
    wall: () => nowMs,
    elapsed: () => nowMs - startedMs,
    after(delayMs, task) {
      // Node takes anything below a millisecond (and NaN) for one; else a timer that renews itself would hold time.
      const timer = { dueMs: nowMs + (delayMs >= 1 ? delayMs : 1), task };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    turn(task) {
      turns.push(task);
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await runTurns();
      for (let timer = next(); timer !== undefined && timer.dueMs <= untilMs; timer = next()) {
        timers.delete(timer);
        nowMs = timer.dueMs;
        timer.task();
        await runTurns();
      }
      nowMs = untilMs;
    },
    runTurns,
    get pendingTimers() {
      return timers.size;
    },
    get nextTimerAt() {
      return next()?.dueMs;
    },
  };
}

/** Before a real turn of the event loop, every promise that can settle without it has done so. */
function realTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
