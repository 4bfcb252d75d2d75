import type { SummaryStatus } from '@stagewire/client';

/** A choice of runs by status. */
export interface RunFilter {
  readonly label: string;
  readonly title: string;
  /** `undefined`: all. */
  readonly status: readonly SummaryStatus[] | undefined;
}

export const allRuns: RunFilter = { label: 'All', title: 'All runs', status: undefined };

/** None of them can be deleted. */
export const liveRuns: RunFilter = {
  label: 'Live',
  title: 'Queued and running runs',
  status: ['queued', 'running'],
};

export const runFilters: readonly RunFilter[] = [
  allRuns,
  liveRuns,
  { label: 'Done', title: 'Completed runs', status: ['completed'] },
  { label: 'Stopped', title: 'Failed and cancelled runs', status: ['failed', 'cancelled'] },
];
