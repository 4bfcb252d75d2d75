import { createMarkdownStream } from '../markdown/markdown-stream.ts';
import type { Paint } from '../terminal/paint.ts';
import { createTextCleaner } from './clean-text.ts';
import type { TextFormat, Transcript } from './transcript.ts';
import { createWrapWriter } from './wrap-writer.ts';

export interface TerminalTranscriptOptions {
  readonly paint: Paint;
  /** The columns of the terminal now. */
  readonly columns: () => number;
}

/** A transcript for a terminal: rows are broken at spaces, and Markdown is formatted as it arrives. */
export function createTerminalTranscript({ paint, columns }: TerminalTranscriptOptions): Transcript {
  const writer = createWrapWriter({ paint, columns });
  const markdown = createMarkdownStream({ writer, paint });
  const cleaner = createTextCleaner();
  let format: TextFormat = 'markdown';
  let block: 'none' | 'text' | 'reasoning' = 'none';

  const write = (clean: string) => {
    if (block === 'reasoning') writer.push(clean, reasoningStyles);
    else if (format === 'markdown') markdown.push(clean);
    else writer.push(clean);
  };
  const endBlock = () => {
    if (block === 'none') return;
    write(cleaner.end());
    if (block === 'text' && format === 'markdown') markdown.pause();
    block = 'none';
    writer.endLine();
    writer.setPrefix({});
  };
  const gap = () => {
    endBlock();
    if (!writer.isAfterEmptyRow) writer.push('\n');
  };
  const inBlock = (wanted: 'text' | 'reasoning', piece: string) => {
    if (block !== wanted) gap();
    if (block !== wanted && wanted === 'reasoning') writer.setPrefix({ first: '│ ', onEmptyRows: true });
    block = wanted;
    write(cleaner.push(piece));
  };

  return {
    line(text, { hangColumns = 2 } = {}) {
      if (block !== 'none') gap();
      // In a narrow window the indentation would take the place of the text.
      writer.setPrefix({ rest: ' '.repeat(columns() < 40 ? 2 : hangColumns) });
      writer.push(`${text}\n`);
      writer.setPrefix({});
    },
    gap,
    startText(kept, wanted) {
      endBlock();
      format = wanted;
      markdown.restart(kept);
    },
    text: (piece) => inBlock('text', piece),
    reasoning: (piece) => inBlock('reasoning', piece),
    get heldRows() {
      return markdown.heldRows;
    },
    take: writer.take,
  };
}

const reasoningStyles = ['dim'] as const;
