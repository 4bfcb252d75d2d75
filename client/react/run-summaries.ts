import type { FeedEvent, RunSummary } from '../generated/contract.ts';
import { summarize } from '../streams/run-state.ts';

/**
 * A list of runs, newest queued first, after one more event of the feed: the answer that `runs.list` would give now.
 * The same list if the event changes nothing in it. Pure.
 */
export function withEvent(
  runs: readonly RunSummary[],
  event: FeedEvent,
  limit: number,
): readonly RunSummary[] {
  if (event.type === 'feed.opened') return runs;
  const known = runs.find(({ runId }) => runId === event.runId);
  if (event.type === 'run.queued') {
    if (known !== undefined) return runs;
    return [summarize(undefined, event), ...runs].slice(0, limit);
  }
  // With an end: the event is from before, and a page that was asked for meanwhile knew the end already.
  if (known === undefined || known.endedAt !== undefined) return runs;
  const changed = summarize(known, event);
  return changed === known ? runs : runs.map((it) => (it === known ? changed : it));
}

/** The list with runs of a page added to it; of a run that is in both, the list has the later news or soon will. Pure. */
export function withPage(runs: readonly RunSummary[], page: readonly RunSummary[]): readonly RunSummary[] {
  const known = new Set(runs.map(({ runId }) => runId));
  const added = page.filter(({ runId }) => !known.has(runId));
  return [...runs, ...added].sort((one, other) => Date.parse(other.queuedAt) - Date.parse(one.queuedAt));
}
