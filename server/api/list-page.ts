import type { ListInput, RunSummary } from '@stagewire/shared';
import { Instant, RunId } from '@stagewire/shared/primitives';
import { searchWords } from '@stagewire/shared/text/search';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { EventLog, ListPosition } from '../log/event-log.ts';

/**
 * One page of the runs of these owners, newest queued first, and the token of the next page if there is one. Incomplete if
 * `signal` aborts.
 */
export async function listPage(
  log: EventLog,
  input: ListInput,
  { owners, signal }: { readonly owners: readonly string[]; readonly signal: AbortSignal | undefined },
): Promise<{ readonly items: RunSummary[]; readonly next?: string }> {
  const { status, labels, search, limit, before } = input;
  const query = {
    owners,
    limit: limit + 1,
    ...(status === undefined ? {} : { status }),
    ...(labels === undefined ? {} : { labels }),
    ...(search === undefined ? {} : { search: searchWords(search) }),
    ...(before === undefined ? {} : { before: parseToken(before) }),
  };
  const { runs: found, next } = await log.listPage(query, signal);
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : next;
  return last === undefined ? { items } : { items, next: formatToken(last) };
}

/** A position in the sort order, not a count, so that new runs do not shift pages. */
export function formatToken({ queuedAt, runId }: ListPosition): string {
  return `${queuedAt}~${runId}`;
}

/** @throws StagewireError INVALID_INPUT */
export function parseToken(token: string, procedure = 'runs.list'): ListPosition {
  const [queuedAt, runId, ...rest] = token.split('~');
  if (rest.length === 0 && Instant.safeParse(queuedAt).success && RunId.safeParse(runId).success) {
    return { queuedAt: queuedAt as string, runId: runId as string };
  }
  throw wireErrors.INVALID_INPUT.fields([
    { field: 'before', message: `is not a page token of ${procedure}; omit it to start with the newest run` },
  ]);
}
