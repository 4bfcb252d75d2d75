import type { FeedEvent, RunSummary } from '../generated/contract.ts';
import { isTerminal } from '../streams/run-state.ts';

/** Characters of the task that a summary shows, as `RunSummary` says. */
const taskChars = 200;

const endStatus = {
  'run.completed': 'completed',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
} as const;

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
    const { runId, owner, labels, at } = event;
    const task = firstChars(event.task);
    const added: RunSummary = { runId, status: 'queued', task, owner, labels, queuedAt: at, current: null };
    return [added, ...runs].slice(0, limit);
  }
  if (known === undefined) return runs;
  const changed = changedBy(known, event);
  return changed === known ? runs : runs.map((it) => (it === known ? changed : it));
}

/** The list with runs of a page added to it; of a run that is in both, the list has the later news or soon will. Pure. */
export function withPage(runs: readonly RunSummary[], page: readonly RunSummary[]): readonly RunSummary[] {
  const known = new Set(runs.map(({ runId }) => runId));
  const added = page.filter(({ runId }) => !known.has(runId));
  return [...runs, ...added].sort((one, other) => Date.parse(other.queuedAt) - Date.parse(one.queuedAt));
}

function changedBy(run: RunSummary, event: Exclude<FeedEvent, { type: 'feed.opened' }>): RunSummary {
  // The event is from before: a page that was asked for meanwhile knew the end already.
  if (run.endedAt !== undefined) return run;
  if (event.type === 'run.started') return { ...run, status: 'running', startedAt: event.at };
  if (event.type === 'stage.started') {
    const { stage, role, attempt } = event;
    return { ...run, current: { stage, role, attempt } };
  }
  if (!isTerminal(event)) return run;
  const ended: RunSummary = { ...run, status: endStatus[event.type], endedAt: event.at, current: null };
  return event.type === 'run.completed' ? { ...ended, verdict: event.verdict } : ended;
}

/** Never half of a surrogate pair: the rest of it could not be shown. */
function firstChars(task: string): string {
  const cut = task.slice(0, taskChars);
  return cut.length < task.length && /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
