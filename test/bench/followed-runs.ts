import type { EventLog } from '../../server/log/event-log.ts';
import { subscribeToRun } from '../../server/delivery/subscribe-to-run.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { Invalid } from './figure.ts';
import { cancelledEvent, deltaChars, deltaEvent, queuedEvent } from './stored-runs.ts';

/** So many events, each committed by itself, while somebody follows. */
export async function liveRun(log: EventLog, runId: string, count: number): Promise<void> {
  const run = { runId };
  await log.append({ runId, epoch: 1, expectedSeq: 0, events: [queuedEvent(run)] });
  const followed = replayRun(log, runId);
  for (let seq = 2; seq <= count; seq += 1) {
    const event = seq === count ? cancelledEvent(run, seq) : deltaEvent(run, seq, (seq - 2) * deltaChars);
    await log.append({ runId, epoch: 1, expectedSeq: seq - 1, events: [event] });
  }
  if ((await followed) !== count) throw new Invalid('the follower has not heard everything');
}

/** Follows a run to its end; resolves with its last seq. */
export async function replayRun(log: EventLog, runId: string): Promise<number> {
  const tails = createTails(log, { clock: systemClock });
  const { signal } = new AbortController();
  let last = 0;
  const include = { reasoning: true };
  const options = { runId, after: 0, include, signal, heartbeatMs: 1000, heartbeat: () => undefined };
  for await (const { event } of subscribeToRun(tails, options)) last = event.seq;
  return last;
}
