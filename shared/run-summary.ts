import { isTerminal } from './event-kinds.ts';
import type { DurableEvent } from './events.ts';
import { isLinkEvent } from './link-kinds.ts';
import type { Lineage, StartFrom, Status, SummaryStatus } from './primitives.ts';
import { sharesAfter } from './state-changes.ts';
import type { RunSummary } from './state.ts';
import { firstChars } from './text/first-chars.ts';

/** Characters of the task in a `RunSummary`. */
const taskChars = 200;

/**
 * The index row of a run after one more event; the same object if the event changes nothing in it, so that a delta
 * causes no write. Pure.
 *
 * @throws RangeError if the first event is not `run.queued`.
 */
export function summarize(previous: RunSummary | undefined, event: DurableEvent): RunSummary {
  if (event.type === 'run.queued') {
    const { runId, owner, labels, at, from } = event;
    return {
      runId,
      status: 'queued',
      task: firstChars(event.task, taskChars),
      owner,
      labels,
      ...(from === undefined ? {} : { from: sourceOf(from) }),
      queuedAt: at,
      current: null,
    };
  }
  if (previous === undefined)
    throw new RangeError(`the first event of a run is run.queued, not ${event.type}`);
  if (event.type === 'run.started') return { ...previous, status: 'running', startedAt: event.at };
  if (event.type === 'stage.started') {
    const { stage, role, attempt, inheritedFrom } = event;
    if (inheritedFrom !== undefined) return previous;
    return { ...previous, current: { stage, role, attempt } };
  }
  if (isLinkEvent(event)) {
    const { shares: before = [], ...others } = previous;
    const shares = sharesAfter(before, event);
    return shares.length === 0 ? others : { ...others, shares };
  }
  if (!isTerminal(event)) return previous;
  const { at, cost } = event;
  const costs = cost === undefined ? {} : { cost };
  const ended = { ...previous, status: endStatus[event.type], endedAt: at, current: null, ...costs };
  return event.type === 'run.completed' ? { ...ended, verdict: event.verdict } : ended;
}

/** Without the tasks, which may be long. */
function sourceOf(lineage: Lineage): StartFrom {
  const { tasks: _, ...from } = lineage;
  return from;
}

/** Has a run with this status ended? */
export function isEnded({ status }: { readonly status: SummaryStatus }): boolean {
  return endStatuses.includes(status);
}

const endStatuses: readonly string[] = ['completed', 'failed', 'cancelled'];
const endStatus = {
  'run.completed': 'completed',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
} as const satisfies Record<string, Status>;
