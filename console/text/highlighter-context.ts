import { createContext, useContext } from 'react';
import type { Highlighter } from './highlighter.ts';

/** The page's highlighter; without one, code stays plain. */
export const HighlighterContext = createContext<Highlighter | undefined>(undefined);

export function useHighlighter(): Highlighter | undefined {
  return useContext(HighlighterContext);
}
