import { createContext, useContext } from 'react';
import type { Labels } from '@stagewire/client';
import { allRuns, type RunFilter } from './run-filters.ts';

/** Which runs the list shows. */
export interface ListSelection {
  readonly filter: RunFilter;
  /** The search text as it was typed. */
  readonly search: string;
  /** Only runs with these labels. */
  readonly labels: Labels | undefined;
  /** Only runs of this owner. @default all owners of the caller */
  readonly owner?: string | undefined;
}

export const everyRun: ListSelection = { filter: allRuns, search: '', labels: undefined };

/** The maximum length of a search on the server, in chars. */
const maxSearchChars = 200;

/** The search text as it is sent: without surrounding white space, `undefined` if nothing is left. */
export function sentSearch(search: string): string | undefined {
  const text = search.trim().slice(0, maxSearchChars).trimEnd();
  return text === '' ? undefined : text;
}

/** Whether it selects fewer than all runs. */
export function isNarrowed({ filter, search, labels, owner }: ListSelection): boolean {
  return (
    owner !== undefined || filter !== allRuns || sentSearch(search) !== undefined || labels !== undefined
  );
}

/** `search “queue”, label suite: nightly, stopped`, to name a selection in a sentence; '' for all runs. */
export function selectionText({ filter, search, labels, owner }: ListSelection): string {
  const text = sentSearch(search);
  return [
    ...(text === undefined ? [] : [`search “${text}”`]),
    ...Object.entries(labels ?? {}).map(([name, value]) => `label ${name}: ${value}`),
    ...(owner === undefined ? [] : [`owner ${owner}`]),
    ...(filter === allRuns ? [] : [`filter “${filter.label}”`]),
  ].join(', ');
}

export const ShowLabelContext = createContext<(labels: Labels) => void>(() => {});

/** Shows the runs with a label in the run list. */
export function useShowLabel(): (labels: Labels) => void {
  return useContext(ShowLabelContext);
}
