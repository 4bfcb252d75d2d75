import { createContext, useContext } from 'react';
import type { ForgetRequest, HighlightAnswer, HighlightRequest } from './highlight-worker.ts';
import type { LineTokens } from './line-colours.ts';
import { codeLanguage } from './code-languages.ts';

/** Highlights one code block that may still grow. */
export interface CodeColours {
  /** The tokens of the lines highlighted so far; a new array after each change. */
  readonly lines: readonly LineTokens[];
  /** Sets the whole lines, from the first one on. */
  take(lines: readonly string[]): void;
  /** Calls `listener` after every change. @returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
  close(): void;
}

/** Highlights code in a worker, so that long code does not block the page. */
export interface Highlighter {
  /** @returns `undefined` for a language that is not highlighted. */
  open(language: string): CodeColours | undefined;
  /** Starts the worker, so that the first code does not wait for it. */
  preload(): void;
}

export function createHighlighter(): Highlighter {
  const receivers = new Map<number, (answer: HighlightAnswer) => void>();
  let worker: Worker | undefined;
  let lastId = 0;

  const started = (): Worker => {
    if (worker === undefined) {
      worker = new Worker(new URL('./highlight-worker.ts', import.meta.url), { type: 'module' });
      worker.addEventListener('message', ({ data }: MessageEvent<HighlightAnswer>) =>
        receivers.get(data.id)?.(data),
      );
    }
    return worker;
  };
  const send = (message: HighlightRequest | ForgetRequest) => {
    // The empty transfer list selects the worker's overload of postMessage, which has no target origin.
    started().postMessage(message, []);
  };

  return {
    preload: () => void started(),
    open(given) {
      const language = codeLanguage(given);
      if (language === undefined) return undefined;
      const id = (lastId += 1);
      const listeners = new Set<() => void>();
      let lines: LineTokens[] = [];
      let sentLines = 0;
      receivers.set(id, (answer) => {
        lines = [...lines.slice(0, answer.from), ...answer.lines];
        for (const listener of listeners) listener();
      });
      return {
        get lines() {
          return lines;
        },
        take(all) {
          if (sentLines < all.length) send({ id, language, from: sentLines, lines: all.slice(sentLines) });
          sentLines = all.length;
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

/** The page's highlighter; without one, code stays plain. */
export const HighlighterContext = createContext<Highlighter | undefined>(undefined);

export function useHighlighter(): Highlighter | undefined {
  return useContext(HighlighterContext);
}
