import { isTerminal } from '@stagewire/shared';
import type { DurableEvent, RunSummary, Status } from '@stagewire/shared';

/** Characters of the task that a summary shows, as `RunSummary` says. */
const taskChars = 200;

/**
 * A run's row of the index after one more event; the same object if the event changes nothing in it, so that a
 * delta costs no write. Pure.
 *
 * @throws RangeError if the first event is not `run.queued`.
 */
export function summarize(previous: RunSummary | undefined, event: DurableEvent): RunSummary {
  if (event.type === 'run.queued') {
    const { runId, owner, labels, at } = event;
    return {
      runId,
      status: 'queued',
      task: firstChars(event.task),
      owner,
      labels,
      queuedAt: at,
      current: null,
    };
  }
  if (previous === undefined)
    throw new RangeError(`the first event of a run is run.queued, not ${event.type}`);
  if (event.type === 'run.started') return { ...previous, status: 'running', startedAt: event.at };
  if (event.type === 'stage.started') {
    const { stage, role, attempt } = event;
    return { ...previous, current: { stage, role, attempt } };
  }
  if (!isTerminal(event)) return previous;
  const ended = { ...previous, status: endStatus[event.type], endedAt: event.at, current: null };
  return event.type === 'run.completed' ? { ...ended, verdict: event.verdict } : ended;
}

/** Has the run had its terminal event? */
export function isEnded({ status }: RunSummary): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

const endStatus = {
  'run.completed': 'completed',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
} as const satisfies Record<string, Status>;

/** Never half of a surrogate pair: the rest of it could not be shown. */
function firstChars(task: string): string {
  const cut = task.slice(0, taskChars);
  return cut.length < task.length && /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
