import type { AuditEntry, AuditInput, AuditPage } from '@stagewire/shared/audit';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { AuditPosition, AuditTrail, StoredAuditRecord } from '../identity/audit-trail.ts';
import type { EventLog } from '../log/event-log.ts';
import { positionBefore, scanAllRuns, scanRun, type FoundEntry } from './audit-of-log.ts';

export interface AuditPageOptions {
  readonly log: Pick<EventLog, 'readAll' | 'read' | 'head' | 'ownerOf' | 'lastGlobalPosition'>;
  /** @default only the log of runs */
  readonly auditTrail?: AuditTrail | undefined;
}

/** Records of the trail that one page looks at. */
const trailRecords = 512;

/** Where a page begins in both sources. */
interface PagePosition {
  /** A global position; of one run a seq. */
  readonly log: number;
  readonly trail: AuditPosition;
}

/** An entry of either source, and the position of a page after it. */
interface Candidate {
  /** Does not decrease along its source. */
  readonly key: number;
  readonly entry: AuditEntry;
  readonly after: Partial<PagePosition>;
}

/**
 * One page of who did what, oldest first: a part of the log of runs, and a part of the audit trail, in the order of time.
 * It looks at a bounded number of both, so it may have no items although there are further pages.
 *
 * @throws StagewireError INVALID_INPUT
 */
export async function auditPage(input: AuditInput, options: AuditPageOptions): Promise<AuditPage> {
  const { log, auditTrail } = options;
  const { runId, limit } = input;
  const begin = input.after === undefined ? await firstPosition(input, log) : parsePosition(input.after);
  const scan = await (runId === undefined ? scanAllRuns(log, begin.log) : scanRun(log, runId, begin.log));
  const records = (await auditTrail?.list({ after: begin.trail, limit: trailRecords })) ?? [];
  const isTrailComplete = records.length < trailRecords;

  // What follows in one source may still come before what was read of the other.
  const logHorizon = scan.isComplete ? Infinity : scan.endMs;
  const trailHorizon = isTrailComplete ? Infinity : (records.at(-1)?.atMs ?? Infinity);
  const horizon = Math.min(logHorizon, trailHorizon);
  const all = [...(await ofLog(scan.found, log)), ...records.map(ofTrail)];
  const ordered = all.filter(({ key }) => key <= horizon).toSorted((one, other) => one.key - other.key);

  const items: AuditEntry[] = [];
  let at: PagePosition = begin;
  let taken = 0;
  for (const { entry, after } of ordered) {
    if (items.length >= limit) break;
    taken += 1;
    at = { ...at, ...after };
    if (isWanted(entry, input)) items.push(entry);
  }
  // The rest of what was scanned has nothing to show.
  const isLogTaken = ordered.slice(taken).every(({ after }) => after.log === undefined);
  if (isLogTaken && horizon >= logHorizon) at = { ...at, log: scan.end };
  const isLast = scan.isComplete && isTrailComplete && taken === ordered.length;
  const looked = scan.scanned + records.length;
  return { items, scanned: looked, ...(!isLast && { next: formatPosition(at) }) };
}

async function firstPosition(
  { since, runId }: AuditInput,
  log: AuditPageOptions['log'],
): Promise<PagePosition> {
  const sinceMs = Date.parse(since);
  const trail = { atMs: sinceMs, number: 0 };
  return { log: runId === undefined ? await positionBefore(log, sinceMs) : 0, trail };
}

async function ofLog(found: readonly FoundEntry[], log: AuditPageOptions['log']): Promise<Candidate[]> {
  const unknown = new Set(found.flatMap(({ entry }) => (entry.owner === undefined ? [entry.runId] : [])));
  const owners = new Map<string, string>();
  await Promise.all([...unknown].map(async (runId) => owners.set(runId, (await log.ownerOf(runId)) ?? '')));
  let key = 0;
  return found.map(({ entry, atMs, position }) => {
    key = Math.max(key, atMs);
    const owner = entry.owner ?? owners.get(entry.runId) ?? '';
    return { key, entry: { ...entry, owner }, after: { log: position } };
  });
}

function ofTrail({ atMs, number, node, ...record }: StoredAuditRecord): Candidate {
  const entry = { at: new Date(atMs).toISOString(), ...record, ...(node !== undefined && { node }) };
  return { key: atMs, entry, after: { trail: { atMs, number } } };
}

function isWanted(entry: AuditEntry, { since, actor, owner, runId }: AuditInput): boolean {
  if (entry.at < since) return false;
  if (actor !== undefined && entry.actor.id !== actor && entry.actor.name !== actor) return false;
  if (owner !== undefined && entry.owner !== owner) return false;
  return runId === undefined || entry.runId === runId;
}

function formatPosition({ log, trail }: PagePosition): string {
  return `${log}~${trail.atMs}~${trail.number}`;
}

/** @throws StagewireError INVALID_INPUT */
function parsePosition(token: string): PagePosition {
  const [, log, atMs, number] = /^(\d{1,15})~(\d{1,15})~(\d{1,15})$/.exec(token) ?? [];
  if (log === undefined) {
    const message = 'is not a page token of audit.list; omit it to start with `since`';
    throw wireErrors.INVALID_INPUT.fields([{ field: 'after', message }]);
  }
  return { log: Number(log), trail: { atMs: Number(atMs), number: Number(number) } };
}
