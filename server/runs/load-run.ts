import type { DurableEvent } from '@stagewire/shared';
import type { EventLog, Head } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import { nextTurn } from '../runtime/wait.ts';
import { evolve, type RunProgress } from './decide/progress.ts';

const entriesPerPage = 1000;
/** Of JSON: what one page holds the event loop for, and takes in memory, however long its texts are. */
const pageBytes = 2_000_000;

export interface LoadRunOptions {
  readonly clock: Clock;
  /** The run as it stood right behind the first event of which this is true. Default: as it stands now. */
  readonly until?: (event: DurableEvent) => boolean;
}

/**
 * A run as its log tells it; `undefined` for one that is not there. Between its pages the event loop gets a turn: a
 * long run would hold it for a third of a second.
 */
export async function loadRun(
  log: EventLog,
  runId: string,
  { clock, until = () => false }: LoadRunOptions,
): Promise<RunProgress | undefined> {
  let progress: RunProgress | undefined;
  let reached = false;
  const lastSeq = lastSeqOf(await log.head(runId));
  while (!reached && (progress?.run.seq ?? 0) < lastSeq) {
    if (progress !== undefined) await nextTurn(clock);
    const after = progress?.run.seq ?? 0;
    const entries = await log.read(runId, { after, limit: entriesPerPage, maxBytes: pageBytes });
    if (entries.length === 0) break;
    for (const { event } of entries) {
      progress = evolve(progress, event);
      reached = until(event);
      if (reached) break;
    }
  }
  // Retention may have taken it away between two pages: the first ones alone are no run.
  const head = await log.head(runId);
  return head === undefined || head.status === 'removed' ? undefined : progress;
}

/** What comes after this is not there yet, or is nobody's to read. */
function lastSeqOf(head: Head | undefined): number {
  // A run that cannot be read says why when it is.
  if (head?.status === 'unreadable') return Infinity;
  return head === undefined || head.status === 'removed' ? 0 : head.position.seq;
}
