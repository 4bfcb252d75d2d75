import { z } from 'zod';
import { defaultLimits } from './limits.ts';
import { Count, Instant, Ordinal, Owner, RunId } from './primitives.ts';

/** Who did what: commands and changes of runs, accesses of administrators, access keys and sessions. */

export const AuditInput = z
  .strictObject({
    since: Instant,
    actor: z.string().min(1).max(200).optional(),
    owner: Owner.optional(),
    runId: RunId.optional(),
    limit: z.int().min(1).max(defaultLimits.maxListItems).default(100),
    after: z.string().max(200).optional(),
  })
  .meta({ id: 'AuditInput' });

export const AuditEntry = z
  .strictObject({
    at: Instant,
    kind: z.enum(['run', 'access', 'key', 'session']),
    actor: z.strictObject({ id: z.string(), name: z.string().optional() }),
    owner: z.string(),
    procedure: z.string(),
    runId: z.string().optional(),
    subject: z.string().optional(),
    times: Ordinal,
    node: z.string().optional(),
  })
  .meta({ id: 'AuditEntry' });

export const AuditPage = z
  .strictObject({ items: z.array(AuditEntry), scanned: Count, next: z.string().optional() })
  .meta({ id: 'AuditPage' });

export type AuditInput = z.output<typeof AuditInput>;
export type AuditEntry = z.infer<typeof AuditEntry>;
export type AuditPage = z.infer<typeof AuditPage>;
