import type { DeleteReceipt } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { RunMissing, type Deletion, type EventLog, type Head } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import { canAccess, type Principal } from '../identity/principal.ts';

export interface DeleteRunOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly principal: Principal;
}

/**
 * Deletes a run that has ended or is unreadable, and returns the receipt; the same one if it is deleted already.
 *
 * @throws StagewireError RUN_NOT_FOUND (also for a run of another owner), RUN_EXPIRED, RUN_NOT_ENDED. @throws LogUnavailable
 */
export async function deleteRun(
  runId: string,
  { log, clock, principal }: DeleteRunOptions,
): Promise<DeleteReceipt> {
  const { actor } = principal;
  const head = await log.head(runId);
  if (head === undefined || !canAccess(principal, { runId, owner: ownerOf(head) })) {
    throw wireErrors.RUN_NOT_FOUND(runId);
  }
  if (head.status === 'removed') {
    if (head.deletion === undefined) throw wireErrors.RUN_EXPIRED(runId);
    return receiptOf(runId, head.deletion);
  }
  if (head.status === 'live') {
    const { status } = head.summary;
    throw wireErrors.RUN_NOT_ENDED(runId, status === 'queued' ? status : 'running');
  }
  try {
    return receiptOf(runId, await log.delete(runId, { actor, at: new Date(clock.now()).toISOString() }));
  } catch (error) {
    // Retention has removed it meanwhile.
    if (error instanceof RunMissing) throw wireErrors.RUN_EXPIRED(runId, error);
    throw error;
  }
}

/** Whether the run of this head was deleted, or removed by retention, and the principal may know that. */
export function isGoneFor(principal: Principal, runId: string, head: Head | undefined): boolean {
  return head?.status === 'removed' && canAccess(principal, { runId, owner: head.owner });
}

function ownerOf(head: Head): string {
  return 'owner' in head ? head.owner : head.summary.owner;
}

function receiptOf(runId: string, { actor, at }: Deletion): DeleteReceipt {
  return { runId, deletedAt: at, actor };
}
