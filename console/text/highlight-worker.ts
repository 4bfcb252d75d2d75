import type { CodeLanguage } from './code-languages.ts';
import { createLineColours, type LineTokens } from './line-colours.ts';

/** Lines of one code block, in order: the grammar's state is kept between requests. */
export interface HighlightRequest {
  readonly id: number;
  readonly language: CodeLanguage;
  /** The index of the first line; 0 resets the state. */
  readonly from: number;
  readonly lines: readonly string[];
}

export interface ForgetRequest {
  readonly forget: number;
}

export interface HighlightAnswer {
  readonly id: number;
  readonly from: number;
  readonly lines: readonly LineTokens[];
}

const colours = createLineColours();

addEventListener('message', ({ data }: MessageEvent<HighlightRequest | ForgetRequest>) => {
  if ('forget' in data) return colours.forget(data.forget);
  const { id, from } = data;
  return void colours.colour(data).then(
    (lines) => postMessage({ id, from, lines } satisfies HighlightAnswer),
    // If a grammar fails, the code stays plain.
    (error: unknown) => console.warn('Highlighting failed:', error),
  );
});
