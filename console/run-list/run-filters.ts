import type { SummaryStatus } from '@stagewire/client';

/** A choice of runs by status. */
export interface RunFilter {
  readonly label: string;
  readonly title: string;
  /** `undefined`: all. */
  readonly status: readonly SummaryStatus[] | undefined;
}

export const allRuns: RunFilter = { label: 'All', title: 'All runs', status: undefined };

export const runFilters: readonly RunFilter[] = [
  allRuns,
  { label: 'Live', title: 'Queued and running runs', status: ['queued', 'running'] },
  { label: 'Done', title: 'Completed runs', status: ['completed'] },
  { label: 'Stopped', title: 'Failed and cancelled runs', status: ['failed', 'cancelled'] },
];
