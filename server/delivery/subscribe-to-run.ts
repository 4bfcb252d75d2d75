import type { TransientBody } from '@stagewire/shared';
import { formatCursor, isDelta, isTerminal } from '@stagewire/shared';
import { nextTurn, untilAborted } from '../runtime/wait.ts';
import { RunMissing } from '../log/event-log.ts';
import type { LogEntry } from '../log/event-log.ts';
import type { RunTail, TailPending, TailStep } from './run-tail.ts';
import type { EventBefore, SequencedEvent, SubscribeOptions } from './subscribe-options.ts';
import { createWakeup, type Wakeup } from './wakeup.ts';
import type { Tails } from './tails.ts';

/** Consecutive events before the event loop gets a turn. */
const eventsPerTurn = 64;

/**
 * The events of a run after a position in its log: the existing ones, then new ones, without gap or repetition.
 * Ends after the run's terminal event and those about its links, or soon after the signal aborts.
 *
 * A subscriber is a cursor: it buffers no events, and its next event is created only when its client is ready
 * (backpressure). Consecutive deltas that exist by then are coalesced.
 *
 * With a sink that receives events, the generator yields none. A subscriber that waits for the next event then gets it within
 * the notification of its commit: resuming a generator for each of many subscribers costs as much as sending.
 *
 * @throws RunMissing if the run is not in the log or is removed in the meantime. @throws LogUnavailable
 */
export function subscribeToRun(
  tails: Tails,
  options: SubscribeOptions,
): AsyncGenerator<SequencedEvent, void, void> {
  return new RunSubscription(tails, options).events();
}

/** What a push has met and leaves to the loop. */
interface Unpushed {
  readonly error?: unknown;
  readonly backpressure?: Promise<void> | undefined;
}

/** A class, since each subscriber has one: an object takes a sixth of what as many closures take. */
class RunSubscription {
  readonly #tails: Tails;
  readonly #options: SubscribeOptions;
  #tail: RunTail | undefined = undefined;
  #wakeup: Wakeup | undefined = undefined;
  #cursor: string | undefined = undefined;
  #sent: number;
  #scanned: number;
  #sentAtMs = 0;
  #deltaAtMs = -Infinity;
  /** Everything was sent, and the next event is awaited. */
  #isCaughtUp = false;
  #unpushed: Unpushed | undefined = undefined;

  constructor(tails: Tails, options: SubscribeOptions) {
    this.#tails = tails;
    this.#options = options;
    this.#sent = options.after;
    this.#scanned = options.after;
  }

  async *events(): AsyncGenerator<SequencedEvent, void, void> {
    const { clock } = this.#tails;
    const { runId, after, signal, heartbeatMs, heartbeat, ready, sink } = this.#options;
    const wakeup = (this.#wakeup = createWakeup(clock, signal));
    const { tail, release } = this.#tails.acquireRun(runId);
    this.#tail = tail;
    const unlisten = tail.listen((urgent) => this.#onCommit(urgent));
    try {
      await untilAborted(tail.opened, signal);
      const before = await this.#readBefore();
      if (tail.isOverAt(after)) return;
      this.#cursor = before && formatCursor(runId, { epoch: before.epoch, seq: after, at: before.at });
      this.#sentAtMs = clock.elapsed();
      let consecutive = 0;
      /** Pages loaded since the last step. */
      let loads = 0;
      while (!signal.aborted) {
        // A page that is loaded again was evicted during this wait, and would be again.
        const backpressure = this.#unpushed?.backpressure ?? (loads < 2 ? ready?.(signal) : undefined);
        this.#unpushed = undefined;
        if (backpressure !== undefined) await backpressure;
        if (signal.aborted) return;
        const step = this.#next(tail);
        if ('mustLoad' in step && step.mustLoad) {
          this.#scanned = step.scanned;
          loads += 1;
          await untilAborted(tail.load(step.scanned + 1), signal);
          continue;
        }
        loads = 0;
        const nowMs = clock.elapsed();
        if ('mustLoad' in step) {
          this.#scanned = step.scanned;
          if (tail.isOverAt(step.scanned)) return;
          consecutive = 0;
          if (nowMs < this.#sentAtMs + heartbeatMs) {
            this.#isCaughtUp = true;
            await wakeup.until(this.#sentAtMs + heartbeatMs);
            this.#isCaughtUp = false;
            this.#rejectFailed();
            continue;
          }
          this.#sentAtMs = nowMs;
          const beat = this.#beat(heartbeat());
          if (beat === undefined) continue;
          if (sink?.receive === undefined) yield beat;
          else sink.receive(beat);
          continue;
        }
        const coalesceUntilMs = this.#sendableAt(step, nowMs);
        if (nowMs < coalesceUntilMs) {
          consecutive = 0;
          await wakeup.until(coalesceUntilMs, { urgentOnly: true });
          continue;
        }
        this.#moveTo(step, nowMs);
        if (sink?.receive === undefined) yield step;
        else sink.receive(step);
        if (tail.isOverAt(this.#sent)) return;
        consecutive += 1;
        if (consecutive % eventsPerTurn === 0) await untilAborted(nextTurn(clock), signal);
      }
    } finally {
      unlisten();
      release();
      wakeup.close();
    }
  }

  #next(tail: RunTail): TailStep | TailPending {
    return tail.next({
      sent: this.#sent,
      scanned: this.#scanned,
      withReasoning: this.#options.include.reasoning,
    });
  }

  /** A delta to which the next one may be added waits for it. */
  #sendableAt({ isGrowing }: TailStep, nowMs: number): number {
    return isGrowing ? this.#deltaAtMs + (this.#options.window?.() ?? 0) : nowMs;
  }

  #moveTo(step: TailStep, nowMs: number): void {
    this.#cursor = step.cursor;
    this.#sent = step.seq;
    this.#scanned = step.seq;
    this.#sentAtMs = nowMs;
    if (isDelta(step.event)) this.#deltaAtMs = nowMs;
  }

  #beat(body: TransientBody | undefined): SequencedEvent | undefined {
    if (body === undefined || this.#cursor === undefined) return undefined;
    const at = new Date(this.#tails.clock.now()).toISOString();
    return { cursor: this.#cursor, event: { ...body, runId: this.#options.runId, seq: this.#sent, at } };
  }

  #onCommit(urgent: boolean): void {
    const receive = this.#options.sink?.receive;
    if (receive === undefined || !this.#isCaughtUp || this.#unpushed !== undefined) {
      this.#wakeup?.wake(urgent);
    } else this.#push(receive);
  }

  /** Sends the event of this commit if it is that simple; all else is left to the loop. */
  #push(receive: (step: SequencedEvent) => void): void {
    const tail = this.#tail;
    if (tail === undefined) return;
    try {
      const { ready, signal } = this.#options;
      const backpressure = ready?.(signal);
      const step = backpressure ?? this.#next(tail);
      const nowMs = this.#tails.clock.elapsed();
      if ('seq' in step && !signal.aborted && nowMs >= this.#sendableAt(step, nowMs)) {
        this.#moveTo(step, nowMs);
        receive(step);
        if (tail.isLiveAt(step.seq)) return;
      }
      this.#unpushed = { backpressure };
    } catch (error) {
      this.#unpushed = { error };
    }
    this.#wakeup?.wake(true);
  }

  #rejectFailed(): void {
    if (this.#unpushed !== undefined && 'error' in this.#unpushed) throw this.#unpushed.error;
  }

  /** The client's last event, if it had any. */
  async #readBefore(): Promise<EventBefore | undefined> {
    const { runId, after, before, signal } = this.#options;
    if (after === 0 || signal.aborted) return undefined;
    if (before !== undefined) return before;
    const entry = await untilAborted(this.#tails.log.at(runId, after), signal);
    if (entry === undefined && !signal.aborted) throw new RunMissing(runId, `has no event with seq ${after}`);
    return entry && eventBefore(entry);
  }
}

export function eventBefore({ epoch, event }: LogEntry): EventBefore {
  return { epoch, at: event.at, isTerminal: isTerminal(event) };
}
