import type { DurableEvent } from '@stagewire/shared';
import type { EventLog, Head } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import { nextTurn } from '../runtime/wait.ts';
import { evolve, type RunProgress } from './decide/progress.ts';

/** Events of one page. */
export const entriesPerPage = 1000;
/** Bytes of JSON: bounds the time and the memory of one page, however long its texts are. */
export const pageBytes = 2_000_000;

export interface LoadRunOptions {
  readonly clock: Clock;
  /** The run as it was earlier: only what follows is read. @default reads the whole log */
  readonly from?: RunProgress | undefined;
  /** Stops after the first event for which this is true. @default reads the whole log */
  readonly until?: (event: DurableEvent) => boolean;
}

/**
 * Folds a run from its log; `undefined` if it does not exist. Yields to the event loop between pages: a long
 * run would block it for a third of a second.
 */
export async function loadRun(
  log: EventLog,
  runId: string,
  { clock, from, until = () => false }: LoadRunOptions,
): Promise<RunProgress | undefined> {
  let progress = from;
  let reached = false;
  const lastSeq = lastSeqOf(await log.head(runId));
  while (!reached && (progress?.run.seq ?? 0) < lastSeq) {
    if (progress !== from) await nextTurn(clock);
    const after = progress?.run.seq ?? 0;
    const entries = await log.read(runId, { after, limit: entriesPerPage, maxBytes: pageBytes });
    if (entries.length === 0) break;
    for (const { event } of entries) {
      progress = evolve(progress, event);
      reached = until(event);
      if (reached) break;
    }
  }
  // Retention may have removed the run between two pages: the first pages alone are not a run.
  const head = await log.head(runId);
  return head === undefined || head.status === 'removed' ? undefined : progress;
}

/** There is nothing to read after this seq. */
function lastSeqOf(head: Head | undefined): number {
  // Reading an unreadable run throws the reason.
  if (head?.status === 'unreadable') return Infinity;
  return head === undefined || head.status === 'removed' ? 0 : head.position.seq;
}
