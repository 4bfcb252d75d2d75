import type { ListInput, RunSummary } from '@stagewire/shared';
import { Instant, RunId } from '@stagewire/shared/primitives';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { EventLog, ListQuery } from '../log/event-log.ts';

type Before = NonNullable<ListQuery['before']>;

/** One page of the owner's runs, newest queued first, and the token of the next page if there is one. */
export async function listPage(
  log: EventLog,
  input: ListInput,
  owner: string,
): Promise<{ readonly items: RunSummary[]; readonly next?: string }> {
  const { status, labels, limit, before } = input;
  const found = await log.list({
    owner,
    limit: limit + 1,
    ...(status === undefined ? {} : { status }),
    ...(labels === undefined ? {} : { labels }),
    ...(before === undefined ? {} : { before: parseToken(before) }),
  });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length <= limit || last === undefined ? { items } : { items, next: formatToken(last) };
}

/** A position in the sort order, not a count, so that new runs do not shift pages. */
function formatToken({ queuedAt, runId }: Before): string {
  return `${queuedAt}~${runId}`;
}

function parseToken(token: string): Before {
  const [queuedAt, runId, ...rest] = token.split('~');
  if (rest.length === 0 && Instant.safeParse(queuedAt).success && RunId.safeParse(runId).success) {
    return { queuedAt: queuedAt as string, runId: runId as string };
  }
  throw wireErrors.INVALID_INPUT.fields([
    { field: 'before', message: 'is not a page token of runs.list; omit it to start with the newest run' },
  ]);
}
