import { wireErrors } from '@stagewire/shared/wire-errors';
import type { AuditTrail } from '../identity/audit-trail.ts';
import { canAccess, hasPermission, ownersOf, requireOwners, type Principal } from '../identity/principal.ts';
import type { EventLog } from '../log/event-log.ts';
import { quietLogger, type Logger } from '../runtime/logger.ts';

/** A call, as the audit log names it. */
export interface AuditedCall {
  readonly principal: Principal;
  /** Path of the procedure, or the route. */
  readonly procedure: string;
}

/** Decides whose runs a call may access. Each access to those of an owner that is not the caller's is logged. */
export interface RunAccess {
  /**
   * Rejects a run that does not exist, or that the caller cannot access. Before anything of the run is read: so that both
   * take the same time.
   *
   * @throws StagewireError RUN_NOT_FOUND. @throws LogUnavailable
   */
  requireRun(call: AuditedCall, runId: string): Promise<void>;
  /** The owners that a list or a feed is for. @throws StagewireError FORBIDDEN */
  requireOwners(call: AuditedCall, owner: string | undefined): readonly string[];
  /** Logs that a run is started from another one. */
  auditSource(call: AuditedCall, runId: string): Promise<void>;
  /** Logs that the audit records of an owner are read. @param owner Of all without one. */
  auditReading(call: AuditedCall, owner: string | undefined): void;
  /** Logs that a run was started for an owner. */
  auditStart(call: AuditedCall, run: { readonly runId: string; readonly owner: string }): void;
}

export interface RunAccessOptions {
  readonly log: Pick<EventLog, 'ownerOf'>;
  /** Gets the audit log. @default logs nothing */
  readonly logger?: Logger | undefined;
  /** Keeps the audit records as well. @default they are in the audit log only */
  readonly auditTrail?: AuditTrail | undefined;
}

/** In audit records. */
const everyOwner = '*';

export function createRunAccess({ log, logger = quietLogger, auditTrail }: RunAccessOptions): RunAccess {
  function audit({ principal, procedure }: AuditedCall, owner: string, runId?: string): void {
    if (!hasPermission(principal, 'admin') || ownersOf(principal).includes(owner)) return;
    const { id, name } = principal.actor;
    const record = { owner, procedure, ...(runId !== undefined && { runId }) };
    logger.info({ audit: true, actor: id, ...record }, 'an administrator has accessed runs of another owner');
    auditTrail?.record({ kind: 'access', actor: { id, name }, ...record });
  }

  return {
    async requireRun(call, runId) {
      const owner = await log.ownerOf(runId);
      if (owner === undefined || !canAccess(call.principal, { runId, owner })) {
        throw wireErrors.RUN_NOT_FOUND(runId);
      }
      audit(call, owner, runId);
    },
    requireOwners(call, owner) {
      const owners = requireOwners(call.principal, owner);
      for (const one of owners) audit(call, one);
      return owners;
    },
    async auditSource(call, runId) {
      const owner = await log.ownerOf(runId);
      if (owner !== undefined) audit(call, owner, runId);
    },
    auditReading: (call, owner = everyOwner) => audit(call, owner),
    auditStart: (call, { runId, owner }) => audit(call, owner, runId),
  };
}
