import { parseCursor, StagewireError } from '@stagewire/shared';
import type { EventLog } from '../log/event-log.ts';
import { runUnreadable } from '../log/run-unreadable.ts';

/**
 * The seq after which a follower of a run goes on: 0 without a cursor. A cursor is honoured only if the run's log
 * holds exactly this position: of another epoch it points into a past that was cut off.
 *
 * @throws StagewireError RUN_NOT_FOUND (also for a run of somebody else), RUN_EXPIRED, CURSOR_INVALID.
 */
export async function seqOfCursor(
  log: EventLog,
  run: { readonly runId: string; readonly owner: string },
  cursor: string | null | undefined,
): Promise<number> {
  const { runId, owner } = run;
  const head = await log.head(runId);
  if (head?.status === 'removed') {
    throw new StagewireError('RUN_EXPIRED', `Run ${runId} was removed by retention.`, { details: { runId } });
  }
  if (head?.status === 'unreadable' && head.owner === owner) throw runUnreadable(runId, head.problem);
  const first = head === undefined || head.status === 'unreadable' ? undefined : await log.at(runId, 1);
  if (first?.event.type !== 'run.queued' || first.event.owner !== owner) {
    throw new StagewireError('RUN_NOT_FOUND', `There is no run ${runId}.`, { details: { runId } });
  }
  if (cursor === undefined || cursor === null) return 0;

  const position = parseCursor(runId, cursor);
  const entry = position === undefined ? undefined : await log.at(runId, position.seq);
  if (position === undefined || entry?.epoch !== position.epoch) throw cursorInvalid('this run');
  return position.seq;
}

/** The cursor itself is not repeated: it may be a megabyte of anything. */
export function cursorInvalid(of: string): StagewireError {
  const message = `The cursor is not a position in the log of ${of}. Start without one, or take the one that runs.get or runs.list gives.`;
  return new StagewireError('CURSOR_INVALID', message);
}
