import type { FeedEvent, RunSummary } from '../generated/contract.ts';
import { matchesSearch } from '@stagewire/shared/text/search';
import { summarize } from '../streams/run-state.ts';

/** Which runs a list has. */
export interface ListLimits {
  /** Maximum number of runs. */
  readonly limit: number;
  /** Folded words of a search, as `searchWords` returns them. @default none: every run matches */
  readonly words?: readonly string[];
}

/**
 * A list of runs, newest first, after one more event of the feed: what `runs.list` would return now. The same list if
 * the event changes nothing in it. Pure.
 */
export function withEvent(
  runs: readonly RunSummary[],
  event: FeedEvent,
  { limit, words = [] }: ListLimits,
): readonly RunSummary[] {
  if (event.type === 'feed.opened') return runs;
  if (event.type === 'run.deleted') {
    const kept = runs.filter(({ runId }) => runId !== event.runId);
    return kept.length === runs.length ? runs : kept;
  }
  const known = runs.find(({ runId }) => runId === event.runId);
  if (event.type === 'run.queued') {
    if (known !== undefined) return runs;
    const queued = summarize(undefined, event);
    return matchesSearch(queued, words) ? [queued, ...runs].slice(0, limit) : runs;
  }
  // With an end: the event is older than a page that was fetched meanwhile and already has the end.
  if (known === undefined || known.endedAt !== undefined) return runs;
  const changed = summarize(known, event);
  return changed === known ? runs : runs.map((it) => (it === known ? changed : it));
}

/**
 * The list with the runs of a page added; for a run that is in both, the entry of the list is kept, since it is newer
 * or will be updated. Pure.
 */
export function withPage(runs: readonly RunSummary[], page: readonly RunSummary[]): readonly RunSummary[] {
  const known = new Set(runs.map(({ runId }) => runId));
  const added = page.filter(({ runId }) => !known.has(runId));
  return [...runs, ...added].sort((one, other) => Date.parse(other.queuedAt) - Date.parse(one.queuedAt));
}
