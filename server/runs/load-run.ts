import type { EventLog } from '../log/event-log.ts';
import { evolve, type RunProgress } from './progress.ts';

const entriesPerPage = 1000;

/** A run as its log tells it; `undefined` for one that is not there. */
export async function loadRun(log: EventLog, runId: string): Promise<RunProgress | undefined> {
  let progress: RunProgress | undefined;
  for (;;) {
    const entries = await log.read(runId, { after: progress?.run.seq ?? 0, limit: entriesPerPage });
    for (const { event } of entries) progress = evolve(progress, event);
    if (entries.length < entriesPerPage) return progress;
  }
}
