import { formatCursor, type StartReceipt } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { EventLog } from '../log/event-log.ts';
import { canAccess, type Principal } from '../identity/principal.ts';
import { isGoneFor } from './delete-run.ts';

/** Identifies a start for idempotency. */
export interface StartKey {
  readonly runId: string;
  /** Of its body. */
  readonly digest: string;
}

/**
 * The receipt of the existing run with this id; `undefined` if there is none.
 *
 * @throws StagewireError RUN_ID_CONFLICT if it had another body, or was removed; RUN_UNREADABLE. @throws LogUnavailable
 */
export async function findExistingStart(
  log: EventLog,
  { runId, digest }: StartKey,
  principal: Principal,
): Promise<StartReceipt | undefined> {
  const found = await log.position(runId, 0);
  if (found === undefined) return undefined;
  if (isGoneFor(principal, runId, found.head)) {
    throw wireErrors.RUN_ID_CONFLICT.removed(runId);
  }
  if (found.head.status === 'unreadable' && canAccess(principal, { runId, owner: found.head.owner })) {
    throw wireErrors.RUN_UNREADABLE(runId, found.head.problem);
  }
  const event = found.first?.event;
  if (
    event?.type === 'run.queued' &&
    canAccess(principal, { runId, owner: event.owner }) &&
    event.digest === digest
  ) {
    return receiptOf(runId, event.at);
  }
  throw wireErrors.RUN_ID_CONFLICT.taken(runId);
}

/** The receipt of a start: its cursor is that of `run.queued`. @param queuedAt The instant of that event. */
export function receiptOf(runId: string, queuedAt: string): StartReceipt {
  return { runId, cursor: formatCursor(runId, { epoch: 1, seq: 1, at: queuedAt }) };
}
