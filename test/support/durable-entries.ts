import type { GlobalEntry, LogEntry } from '../../server/log/event-log.ts';

/** The events of runs among the entries of a log: without deletions. */
export function durableEntries(entries: readonly GlobalEntry[]): readonly LogEntry[] {
  return entries.filter((entry): entry is LogEntry => entry.event.type !== 'run.deleted');
}
