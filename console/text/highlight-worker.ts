import type { CodeLanguage } from './code-languages.ts';
import { createLineColours, type LineTokens } from './line-colours.ts';

/** Lines of one piece of code, in order: the grammar's state is kept between them. */
export interface HighlightRequest {
  readonly id: number;
  readonly language: CodeLanguage;
  /** Which line comes first; 0 begins anew. */
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
    // A grammar that fails leaves its code plain, which can be read as well.
    (error: unknown) => console.warn('Not coloured:', error),
  );
});
