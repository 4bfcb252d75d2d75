import { formatCursor, isDelta, isTerminal } from '@stagewire/shared';
import type { RunEvent } from '@stagewire/shared';
import { nextTurn, untilAborted } from '../runtime/wait.ts';
import { RunMissing } from '../log/event-log.ts';
import type { LogEntry } from '../log/event-log.ts';
import type { EventBefore, SubscribeOptions } from './subscribe-options.ts';
import type { Sequenced } from './tracked-events.ts';
import { createWakeup } from './wakeup.ts';
import type { Tails } from './tails.ts';

export type SequencedEvent = Sequenced<RunEvent>;

/** Consecutive events before the event loop gets a turn. */
const eventsPerTurn = 64;

/**
 * The events of a run after a position in its log: the existing ones, then new ones, without gap or repetition.
 * Ends after the run's terminal event and those about its links, or soon after the signal aborts.
 *
 * A subscriber is a cursor: it buffers no events, and its next event is created only when its client is ready
 * (backpressure). Consecutive deltas that exist by then are coalesced.
 *
 * @throws RunMissing if the run is not in the log or is removed in the meantime. @throws LogUnavailable
 */
export async function* subscribeToRun(
  tails: Tails,
  options: SubscribeOptions,
): AsyncGenerator<SequencedEvent, void, void> {
  const { runId, after, signal, heartbeatMs, heartbeat, ready, window = () => 0 } = options;
  const { log, clock } = tails;
  const withReasoning = options.include.reasoning;
  const wakeup = createWakeup(clock, signal);
  const { tail, release } = tails.acquireRun(runId);
  const unlisten = tail.listen((urgent) => wakeup.wake(urgent));
  try {
    await untilAborted(tail.opened, signal);
    const before = await readBefore();
    if (tail.isOverAt(after)) return;
    let cursor = before && formatCursor(runId, { epoch: before.epoch, seq: after, at: before.at });
    let sent = after;
    let scanned = after;
    let sentAtMs = clock.elapsed();
    let deltaAtMs = -Infinity;
    let consecutive = 0;
    /** Pages loaded since the last step. */
    let loads = 0;
    while (!signal.aborted) {
      // A page that is loaded again was evicted during this wait, and would be again.
      const backpressure = loads < 2 ? ready?.(signal) : undefined;
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
          await wakeup.until(sentAtMs + heartbeatMs);
          continue;
        }
        sentAtMs = nowMs;
        const body = heartbeat();
        if (body !== undefined && cursor !== undefined)
          yield { cursor, event: { ...body, runId, seq: sent, at: new Date(clock.now()).toISOString() } };
        continue;
      }
      const coalesceUntilMs = step.isGrowing ? deltaAtMs + window() : nowMs;
      if (nowMs < coalesceUntilMs) {
        consecutive = 0;
        await wakeup.until(coalesceUntilMs, { urgentOnly: true });
        continue;
      }
      ({ cursor, seq: sent } = step);
      scanned = sent;
      sentAtMs = nowMs;
      if (isDelta(step.event)) deltaAtMs = nowMs;
      yield step;
      if (tail.isOverAt(sent)) return;
      consecutive += 1;
      if (consecutive % eventsPerTurn === 0) await untilAborted(nextTurn(clock), signal);
    }
  } finally {
    unlisten();
    release();
    wakeup.close();
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
