import { formatCursor, isDelta, isTerminal } from '@stagewire/shared';
import { nextTurn, untilAborted } from '../runtime/wait.ts';
import { RunMissing } from '../log/event-log.ts';
import type { LogEntry } from '../log/event-log.ts';
import type { TailStep } from './run-tail.ts';
import type { EventBefore, SequencedEvent, SubscribeOptions } from './subscribe-options.ts';
import { createWakeup } from './wakeup.ts';
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
export async function* subscribeToRun(
  tails: Tails,
  options: SubscribeOptions,
): AsyncGenerator<SequencedEvent, void, void> {
  const { runId, after, signal, heartbeatMs, heartbeat, ready, window = () => 0, sink } = options;
  const { log, clock } = tails;
  const withReasoning = options.include.reasoning;
  const wakeup = createWakeup(clock, signal);
  const { tail, release } = tails.acquireRun(runId);
  let sent = after;
  let scanned = after;
  let cursor: string | undefined;
  let sentAtMs = 0;
  let deltaAtMs = -Infinity;
  /** Everything was sent, and the next event is awaited. */
  let isCaughtUp = false;
  /** What a push has met, for the loop below. */
  let pushed: { readonly error?: unknown; readonly backpressure?: Promise<void> | undefined } | undefined;
  const unlisten = tail.listen((urgent) => {
    if (!isCaughtUp || pushed !== undefined || sink?.receive === undefined) wakeup.wake(urgent);
    else push(sink.receive);
  });
  try {
    await untilAborted(tail.opened, signal);
    const before = await readBefore();
    if (tail.isOverAt(after)) return;
    cursor = before && formatCursor(runId, { epoch: before.epoch, seq: after, at: before.at });
    sentAtMs = clock.elapsed();
    let consecutive = 0;
    /** Pages loaded since the last step. */
    let loads = 0;
    while (!signal.aborted) {
      // A page that is loaded again was evicted during this wait, and would be again.
      const backpressure = pushed?.backpressure ?? (loads < 2 ? ready?.(signal) : undefined);
      pushed = undefined;
      if (backpressure !== undefined) await backpressure;
      if (signal.aborted) return;
      const step = tail.next({ sent, scanned, withReasoning });
      if ('mustLoad' in step && step.mustLoad) {
        scanned = step.scanned;
        loads += 1;
        await untilAborted(tail.load(scanned + 1), signal);
        continue;
      }
      loads = 0;
      const nowMs = clock.elapsed();
      if ('mustLoad' in step) {
        scanned = step.scanned;
        if (tail.isOverAt(scanned)) return;
        consecutive = 0;
        if (nowMs < sentAtMs + heartbeatMs) {
          isCaughtUp = true;
          await wakeup.until(sentAtMs + heartbeatMs);
          isCaughtUp = false;
          rejectFailed();
          continue;
        }
        sentAtMs = nowMs;
        const body = heartbeat();
        if (body === undefined || cursor === undefined) continue;
        const at = new Date(clock.now()).toISOString();
        const beat: SequencedEvent = { cursor, event: { ...body, runId, seq: sent, at } };
        if (sink?.receive === undefined) yield beat;
        else sink.receive(beat);
        continue;
      }
      const coalesceUntilMs = sendableAt(step, nowMs);
      if (nowMs < coalesceUntilMs) {
        consecutive = 0;
        await wakeup.until(coalesceUntilMs, { urgentOnly: true });
        continue;
      }
      moveTo(step, nowMs);
      if (sink?.receive === undefined) yield step;
      else sink.receive(step);
      if (tail.isOverAt(sent)) return;
      consecutive += 1;
      if (consecutive % eventsPerTurn === 0) await untilAborted(nextTurn(clock), signal);
    }
  } finally {
    unlisten();
    release();
    wakeup.close();
  }

  /** A delta to which the next one may be added waits for it. */
  function sendableAt({ isGrowing }: TailStep, nowMs: number): number {
    return isGrowing ? deltaAtMs + window() : nowMs;
  }

  function moveTo(step: TailStep, nowMs: number): void {
    ({ cursor, seq: sent } = step);
    scanned = sent;
    sentAtMs = nowMs;
    if (isDelta(step.event)) deltaAtMs = nowMs;
  }

  /** Sends the event of this commit if it is that simple; all else is left to the loop. */
  function push(receive: (step: SequencedEvent) => void): void {
    try {
      const backpressure = ready?.(signal);
      const step = backpressure ?? tail.next({ sent, scanned, withReasoning });
      const nowMs = clock.elapsed();
      if ('seq' in step && !signal.aborted && nowMs >= sendableAt(step, nowMs)) {
        moveTo(step, nowMs);
        receive(step);
        if (tail.isLiveAt(sent)) return;
      }
      pushed = { backpressure };
    } catch (error) {
      pushed = { error };
    }
    wakeup.wake(true);
  }

  function rejectFailed(): void {
    if (pushed !== undefined && 'error' in pushed) throw pushed.error;
  }

  /** The client's last event, if it had any. */
  async function readBefore(): Promise<EventBefore | undefined> {
    if (after === 0 || signal.aborted) return undefined;
    if (options.before !== undefined) return options.before;
    const entry = await untilAborted(log.at(runId, after), signal);
    if (entry === undefined && !signal.aborted) throw new RunMissing(runId, `has no event with seq ${after}`);
    return entry && eventBefore(entry);
  }
}

export function eventBefore({ epoch, event }: LogEntry): EventBefore {
  return { epoch, at: event.at, isTerminal: isTerminal(event) };
}
