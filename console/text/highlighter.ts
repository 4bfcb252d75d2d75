import { createContext, useContext } from 'react';
import type { ForgetRequest, HighlightAnswer, HighlightRequest } from './highlight-worker.ts';
import type { LineTokens } from './line-colours.ts';
import { codeLanguage } from './code-languages.ts';

/** Colours one piece of code that may still grow. */
export interface CodeColours {
  /** The tokens of the lines coloured so far; each change makes a new array of those lines that are new. */
  readonly lines: readonly LineTokens[];
  /** Takes the lines that are whole, from the first one on. */
  take(lines: readonly string[]): void;
  /** Calls `listener` after every change. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  close(): void;
}

/** Colours code in a worker, so that however long it is the page stays smooth. */
export interface Highlighter {
  /** `undefined` for a language that is not coloured. */
  open(language: string): CodeColours | undefined;
}

export function createHighlighter(): Highlighter {
  const receivers = new Map<number, (answer: HighlightAnswer) => void>();
  let worker: Worker | undefined;
  let lastId = 0;

  const send = (message: HighlightRequest | ForgetRequest) => {
    if (worker === undefined) {
      worker = new Worker(new URL('./highlight-worker.ts', import.meta.url), { type: 'module' });
      worker.addEventListener('message', ({ data }: MessageEvent<HighlightAnswer>) =>
        receivers.get(data.id)?.(data),
      );
    }
    // A worker is of this page's origin; the empty list tells so apart from a window.
    worker.postMessage(message, []);
  };

  return {
    open(given) {
      const language = codeLanguage(given);
      if (language === undefined) return undefined;
      const id = (lastId += 1);
      const listeners = new Set<() => void>();
      let lines: LineTokens[] = [];
      let asked = 0;
      receivers.set(id, (answer) => {
        lines = [...lines.slice(0, answer.from), ...answer.lines];
        for (const listener of listeners) listener();
      });
      return {
        get lines() {
          return lines;
        },
        take(all) {
          if (asked < all.length) send({ id, language, from: asked, lines: all.slice(asked) });
          asked = all.length;
        },
        subscribe(listener) {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
        close() {
          receivers.delete(id);
          if (worker !== undefined) send({ forget: id });
        },
      };
    },
  };
}

/** The page's one highlighter; without one code stays plain. */
export const HighlighterContext = createContext<Highlighter | undefined>(undefined);

export function useHighlighter(): Highlighter | undefined {
  return useContext(HighlighterContext);
}
