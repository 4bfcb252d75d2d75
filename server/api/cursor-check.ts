import { formatCursor, parseCursor } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { eventBefore, type EventBefore } from '../delivery/event-before.ts';
import { canAccess, type Principal } from '../identity/principal.ts';
import type { EventLog, LogEntry } from '../log/event-log.ts';
import { isGoneFor } from '../runs/delete-run.ts';

/** Where a subscription to a run starts. */
export interface StartOfStream {
  /** Of the run. */
  readonly owner: string;
  /** The seq to start after: 0 without a cursor. */
  readonly after: number;
  /** About the event with that seq; `undefined` without a cursor. */
  readonly before: EventBefore | undefined;
}

/**
 * Resolves the start of a subscription with one read of the log. A cursor is valid only if the run's log has
 * exactly this event: one of another epoch or of another instant is of events that the log has lost.
 *
 * @throws StagewireError RUN_NOT_FOUND (also for a run of another owner), RUN_EXPIRED, CURSOR_INVALID.
 */
export async function startOfStream(
  log: EventLog,
  run: { readonly runId: string; readonly principal: Principal },
  cursor: string | null | undefined,
): Promise<StartOfStream> {
  const { runId, principal } = run;
  const hasCursor = cursor !== undefined && cursor !== null;
  const position = hasCursor ? parseCursor(cursor) : undefined;
  const found = await log.position(runId, position?.seq ?? 0);
  const head = found?.head;
  if (isGoneFor(principal, runId, head)) {
    throw wireErrors.RUN_EXPIRED(runId);
  }
  if (head?.status === 'unreadable' && canAccess(principal, { runId, owner: head.owner }))
    throw wireErrors.RUN_UNREADABLE(runId, head.problem);
  const queued = found?.first?.event;
  if (queued?.type !== 'run.queued' || !canAccess(principal, { runId, owner: queued.owner })) {
    throw wireErrors.RUN_NOT_FOUND(runId);
  }
  if (!hasCursor) return { owner: queued.owner, after: 0, before: undefined };
  if (position === undefined) throw wireErrors.CURSOR_INVALID.run();
  const before = found?.at;
  if (before === undefined || !isCursorOf(runId, before, cursor)) throw wireErrors.CURSOR_INVALID.lostRun();
  return { owner: queued.owner, after: position.seq, before: eventBefore(before) };
}

/** Cursors of earlier versions do not have the instant of the event. */
function isCursorOf(runId: string, { epoch, event: { seq, at } }: LogEntry, cursor: string): boolean {
  return cursor === formatCursor(runId, { epoch, seq, at }) || cursor === formatCursor(runId, { epoch, seq });
}
