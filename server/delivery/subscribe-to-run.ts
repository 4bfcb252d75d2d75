import { formatCursor } from '@stagewire/shared';
import { nextTurn, untilAborted } from '../runtime/wait.ts';
import { readEventBefore } from './event-before.ts';
import type { SequencedEvent, SubscribeOptions } from './subscribe-options.ts';
import { Subscriber } from './subscriber.ts';
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
  const { runId, after, signal, heartbeatMs, sink } = options;
  const { clock } = tails;
  const { tail, release } = tails.acquireRun(runId);
  const subscriber = new Subscriber({ clock, tail, subscribe: options });
  const { position, wakeup } = subscriber;
  tail.listen(subscriber);
  try {
    await untilAborted(tail.opened, signal);
    const before = await readEventBefore(tails.log, options);
    if (tail.isOverAt(after)) return;
    position.cursor = before && formatCursor(runId, { epoch: before.epoch, seq: after, at: before.at });
    position.sentAtMs = clock.elapsed();
    let consecutive = 0;
    /** Pages loaded since the last step. */
    let loads = 0;
    while (!signal.aborted) {
      // A page that is loaded again was evicted during this wait, and would be again.
      const backpressure = subscriber.takeUnpushed() ?? (loads < 2 ? options.ready?.(signal) : undefined);
      if (backpressure !== undefined) await backpressure;
      if (signal.aborted) return;
      const step = position.next(tail);
      if ('mustLoad' in step && step.mustLoad) {
        position.scanned = step.scanned;
        loads += 1;
        await untilAborted(tail.load(step.scanned + 1), signal);
        continue;
      }
      loads = 0;
      const nowMs = clock.elapsed();
      if ('mustLoad' in step) {
        position.scanned = step.scanned;
        if (tail.isOverAt(step.scanned)) return;
        consecutive = 0;
        if (nowMs < position.sentAtMs + heartbeatMs) {
          subscriber.isCaughtUp = true;
          await wakeup.until(position.sentAtMs + heartbeatMs);
          subscriber.isCaughtUp = false;
          continue;
        }
        position.sentAtMs = nowMs;
        const beat = position.heartbeat(options.heartbeat(), clock.now());
        if (beat === undefined) continue;
        if (sink?.receive === undefined) yield beat;
        else sink.receive(beat);
        continue;
      }
      const coalesceUntilMs = position.sendableAt(step, nowMs);
      if (nowMs < coalesceUntilMs) {
        consecutive = 0;
        await wakeup.until(coalesceUntilMs, { urgentOnly: true });
        continue;
      }
      position.moveTo(step, nowMs);
      if (sink?.receive === undefined) yield step;
      else sink.receive(step);
      if (tail.isOverAt(step.seq)) return;
      consecutive += 1;
      if (consecutive % eventsPerTurn === 0) await untilAborted(nextTurn(clock), signal);
    }
  } finally {
    tail.unlisten(subscriber);
    release();
    wakeup.close();
  }
}
