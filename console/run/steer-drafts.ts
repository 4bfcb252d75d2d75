import { createContext, useContext, useState } from 'react';

/** The unsent instructions of runs, by run id: they survive a visit to another page, and the end of their run. */
export type SteerDrafts = Map<string, string>;

export const SteerDraftsContext = createContext<SteerDrafts>(new Map());

/** The unsent instruction of a run, and its setter. */
export function useSteerDraft(runId: string): [string, (text: string) => void] {
  const drafts = useContext(SteerDraftsContext);
  const [text, setText] = useState(() => drafts.get(runId) ?? '');
  const set = (next: string) => {
    setText(next);
    if (next === '') drafts.delete(runId);
    else drafts.set(runId, next);
  };
  return [text, set];
}
