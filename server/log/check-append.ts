import { isTerminal } from '@stagewire/shared';
import type { DurableEvent } from '@stagewire/shared';
import { BadAppend, LogConflict } from './event-log.ts';
import type { Append } from './event-log.ts';
import type { Tip } from './log-storage.ts';
import { isEnded } from '@stagewire/shared';

/**
 * May this be appended to a run whose log ends at `tip`? Who owns the run is judged first: one who is not the
 * owner any more must hear that, whatever else is wrong. Schemas are not looked at: who makes events does that once.
 *
 * @throws LogConflict, BadAppend
 */
export function checkAppend(append: Append, tip: Tip | 'removed' | undefined): void {
  const { runId, epoch, expectedSeq } = append;
  if (tip !== undefined && tip !== 'removed' && tip.summary.status === 'unreadable')
    throw new LogConflict(`${runId} was set aside, since it cannot be read: ${tip.summary.problem ?? ''}`);
  if (tip === 'removed') throw new LogConflict(`${runId} was removed; its id is not used again`);
  const last = tip?.position ?? { epoch: 0, seq: 0 };
  if (expectedSeq !== last.seq) {
    throw new LogConflict(`the log of ${runId} ends at seq ${last.seq}, not at ${expectedSeq}`);
  }
  const takesOver = epoch === last.epoch + 1;
  if (!takesOver && (epoch !== last.epoch || tip === undefined)) {
    throw new LogConflict(
      `${runId} is in epoch ${last.epoch}; an owner of epoch ${epoch} cannot write to it`,
    );
  }
  if (tip !== undefined && isEnded(tip.summary))
    throw new BadAppend(`${runId} has ended; nothing can follow`);
  if (append.events.length === 0) throw new BadAppend(`an append to ${runId} has no events`);
  append.events.forEach((event, index) =>
    checkEvent(event, index, { append, recovers: takesOver && tip !== undefined }),
  );
}

function checkEvent(
  event: DurableEvent,
  index: number,
  { append, recovers }: { append: Append; recovers: boolean },
): void {
  const { runId, expectedSeq, events } = append;
  const seq = expectedSeq + 1 + index;
  const what = `${event.type} at seq ${seq} of ${runId}`;
  if (event.runId !== runId) throw new BadAppend(`${what} belongs to ${event.runId}`);
  if (event.seq !== seq) throw new BadAppend(`${what} says it has seq ${event.seq}`);
  if (event.firstSeq !== undefined)
    throw new BadAppend(`${what} is merged; the log keeps events as they happened`);
  if ((event.type === 'run.queued') !== (seq === 1)) {
    throw new BadAppend(`${what}: run.queued is the first event of a run, and only the first`);
  }
  if ((event.type === 'run.recovered') !== (recovers && index === 0)) {
    throw new BadAppend(
      `${what}: run.recovered is the first event of an epoch after the first, and only that`,
    );
  }
  if (isTerminal(event) && index < events.length - 1)
    throw new BadAppend(`${what}: something follows the end`);
}
