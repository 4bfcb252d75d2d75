import type { FeedEvent, RunSummary, SummaryStatus } from '../generated/contract.ts';
import { summarize } from '../streams/run-state.ts';

/** Whether a run belongs to a list. */
export type RunFilter = (run: RunSummary) => boolean;

/**
 * A list of runs, newest first, after one more event of the feed: what `runs.list` would return now, except for a run
 * that fits the filter since this event only and that the list does not know. The same list if the event changes nothing
 * in it. Pure.
 */
export function withEvent(
  runs: readonly RunSummary[],
  event: FeedEvent,
  filter: RunFilter = allRuns,
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
    return filter(queued) ? [queued, ...runs] : runs;
  }
  // With an end: the event is older than a page that was fetched meanwhile and already has the end.
  if (known === undefined || known.endedAt !== undefined) return runs;
  const changed = summarize(known, event);
  if (changed === known) return runs;
  return filter(changed)
    ? runs.map((it) => (it === known ? changed : it))
    : runs.filter((it) => it !== known);
}

function allRuns(): boolean {
  return true;
}

/** Whether an event gives its run one of these statuses. */
export function sets(statuses: readonly SummaryStatus[], { type }: FeedEvent): boolean {
  return statuses.some((status) => type === (status === 'running' ? 'run.started' : `run.${status}`));
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
