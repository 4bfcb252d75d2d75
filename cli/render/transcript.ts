import { createTextCleaner } from './clean-text.ts';
import type { Paint } from '../terminal/paint.ts';

/** How the text of an attempt is shown. */
export type TextFormat = 'markdown' | 'plain';

export interface LineOptions {
  /** The indentation of the rows after the first, where rows are broken. @default 2 */
  readonly hangColumns?: number;
}

/** Combines streamed text and lines of our own, so that each starts on a new line. */
export interface Transcript {
  /** One line of our own. */
  line(text: string, options?: LineOptions): void;
  /** An empty line, unless the previous line is empty. */
  gap(): void;
  /** Starts the text of an attempt, which continues `kept`. */
  startText(kept: string, format: TextFormat): void;
  /** A piece of the model's text. */
  text(piece: string): void;
  /** A piece of the model's reasoning: dimmed, with a bar before each line. */
  reasoning(piece: string): void;
  /** The rows of a table that are held until it is complete. */
  readonly heldRows: number;
  /** Everything added since the last call. */
  take(): string;
}

/** A transcript for a pipe or a file: the text as it is. */
export function createTranscript(paint: Paint): Transcript {
  let taken = '';
  let block: 'none' | 'text' | 'reasoning' = 'none';
  let atLineStart = true;
  let afterEmptyLine = true;
  const cleaner = createTextCleaner();

  const put = (clean: string) => {
    for (const [index, part] of clean.split('\n').entries()) {
      if (index > 0) {
        taken += '\n';
        afterEmptyLine = atLineStart;
        atLineStart = true;
      }
      if (part === '') continue;
      taken += block === 'reasoning' ? paint('dim', `${atLineStart ? '│ ' : ''}${part}`) : part;
      atLineStart = false;
    }
  };
  const endBlock = () => {
    if (block === 'none') return;
    put(cleaner.end());
    block = 'none';
    if (!atLineStart) put('\n');
  };
  const gap = () => {
    endBlock();
    if (!afterEmptyLine) put('\n');
  };
  const inBlock = (wanted: 'text' | 'reasoning', piece: string) => {
    if (block !== wanted) gap();
    block = wanted;
    put(cleaner.push(piece));
  };

  return {
    line(text) {
      if (block !== 'none') gap();
      put(`${text}\n`);
    },
    gap,
    startText: endBlock,
    heldRows: 0,
    text: (piece) => inBlock('text', piece),
    reasoning: (piece) => inBlock('reasoning', piece),
    take() {
      const text = taken;
      taken = '';
      return text;
    },
  };
}
