import { formatCursor, isDelta, isTerminal } from '@stagewire/shared';
import type { RunEvent, TransientBody, TransientEvent } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import { nextTurn, untilAborted } from '../runtime/wait.ts';
import { RunMissing } from '../log/event-log.ts';
import type { LogEntry } from '../log/event-log.ts';
import type { EventBefore, SubscribeOptions } from './subscribe-options.ts';
import { createWakeup } from './wakeup.ts';
import type { Tails } from './tails.ts';

export interface SequencedEvent {
  readonly cursor: string;
  readonly event: RunEvent;
}

/** Events sent in a row before the event loop gets a turn. */
const eventsPerTurn = 64;

/**
 * A run's events after a place in its log: first what is there, then what comes, without a seam. Ends after the
 * run's terminal event, or soon after the signal aborts.
 *
 * A follower is a cursor: it holds no events, and what it sends next is made only when its reader is ready for it.
 * Neighbouring deltas are merged as far as they are there by then.
 *
 * @throws RunMissing if the run is not in the log or is removed meanwhile. @throws LogUnavailable if it cannot be read.
 */
export async function* subscribeToRun(
  tails: Tails,
  options: SubscribeOptions,
): AsyncGenerator<SequencedEvent, void, void> {
  const { runId, after, signal, heartbeatMs, waiting, ready, window = () => 0 } = options;
  const { log, clock } = tails;
  const withReasoning = options.include.reasoning;
  const wakeup = createWakeup(clock, signal);
  const { tail, release } = tails.acquireRun(runId);
  const unlisten = tail.listen((urgent) => wakeup.wake(urgent));
  try {
    await untilAborted(tail.opened, signal);
    const before = await readBefore();
    if (before?.isTerminal === true) return;
    let cursor = before && formatCursor(runId, { epoch: before.epoch, seq: after });
    let sent = after;
    let scanned = after;
    let sentAtMs = clock.now();
    let deltaAtMs = -Infinity;
    let inARow = 0;
    while (!signal.aborted) {
      const backpressure = ready?.(signal);
      if (backpressure !== undefined) await backpressure;
      if (signal.aborted) return;
      const step = tail.next({ sent, scanned, withReasoning });
      if ('mustLoad' in step && step.mustLoad) {
        scanned = step.scanned;
        await untilAborted(tail.load(scanned + 1), signal);
        continue;
      }
      const nowMs = clock.now();
      if ('mustLoad' in step) {
        scanned = step.scanned;
        inARow = 0;
        if (nowMs < sentAtMs + heartbeatMs) {
          await wakeup.until(sentAtMs + heartbeatMs);
          continue;
        }
        sentAtMs = nowMs;
        const gap = waiting();
        if (gap !== undefined && cursor !== undefined)
          yield { cursor, event: placed(gap, { runId, seq: sent, clock }) };
        continue;
      }
      const heldUntilMs = step.isGrowing ? deltaAtMs + window() : nowMs;
      if (nowMs < heldUntilMs) {
        inARow = 0;
        await wakeup.until(heldUntilMs, { urgentOnly: true });
        continue;
      }
      ({ cursor, seq: sent } = step);
      scanned = sent;
      sentAtMs = nowMs;
      if (isDelta(step.event)) deltaAtMs = nowMs;
      yield step;
      if (isTerminal(step.event)) return;
      inARow += 1;
      if (inARow % eventsPerTurn === 0) await untilAborted(nextTurn(clock), signal);
    }
  } finally {
    unlisten();
    release();
    wakeup.close();
  }

  /** The event the follower had last, if it had any. */
  async function readBefore(): Promise<EventBefore | undefined> {
    if (after === 0 || signal.aborted) return undefined;
    if (options.before !== undefined) return options.before;
    const entry = await untilAborted(log.at(runId, after), signal);
    if (entry === undefined && !signal.aborted)
      throw new RunMissing(`${runId} has no event with seq ${after}`);
    return entry && eventBefore(entry);
  }
}

export function eventBefore({ epoch, event }: LogEntry): EventBefore {
  return { epoch, isTerminal: isTerminal(event) };
}

function placed(
  gap: TransientBody,
  { runId, seq, clock }: { runId: string; seq: number; clock: Clock },
): TransientEvent {
  return { ...gap, runId, seq, at: new Date(clock.now()).toISOString() };
}
