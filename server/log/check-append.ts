import { isLinkEvent, isTerminal } from '@stagewire/shared';
import type { DurableEvent } from '@stagewire/shared';
import { BadAppend, LogConflict } from './event-log.ts';
import type { Append } from './event-log.ts';
import type { Tip } from './log-storage.ts';
import { isEnded } from '@stagewire/shared';

/**
 * Checks whether this may be appended to a run whose log ends at `tip`. The epoch is checked first: a former
 * executor must get that error, whatever else is wrong. Schemas are not checked again: the creator of an event has
 * done so.
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
      `${runId} is in epoch ${last.epoch}; an executor of epoch ${epoch} cannot write to it`,
    );
  }
  if (tip !== undefined && isEnded(tip.summary) && !append.events.every(isLinkEvent))
    throw new BadAppend(`${runId} has ended; only events about links to it can be appended`);
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
  if (event.seq !== seq) throw new BadAppend(`${what} has seq ${event.seq}`);
  if (event.firstSeq !== undefined)
    throw new BadAppend(`${what} is a merged event; the log stores unmerged events only`);
  if ((event.type === 'run.queued') !== (seq === 1)) {
    throw new BadAppend(`${what}: run.queued must be the first event of a run, and no other`);
  }
  if ((event.type === 'run.recovered') !== (recovers && index === 0)) {
    throw new BadAppend(
      `${what}: run.recovered must be the first event of every epoch after the first, and no other`,
    );
  }
  if (isTerminal(event) && index < events.length - 1)
    throw new BadAppend(`${what}: an event follows the terminal event`);
}
