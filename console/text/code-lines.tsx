import { memo, type ReactNode } from 'react';
import type { LineTokens } from './line-colours.ts';
import { useNear } from './use-near.ts';

export interface CodeLinesProps {
  /** Whole lines, with their line ends. */
  readonly text: string;
  readonly firstLine: number;
  readonly lineCount: number;
  /** Tokens of the lines highlighted so far; the rest is plain. */
  readonly tokens: readonly LineTokens[];
  readonly numbered: boolean;
  /** Rendered in full at once, in view or not. */
  readonly live: boolean;
}

/** A few dozen lines of code: the unit of rendering, highlighting and skipping when out of view. */
export const CodeLines = memo(
  function CodeLines({ text, firstLine, lineCount, tokens, numbered, live }: CodeLinesProps) {
    const [ref, near] = useNear<HTMLDivElement>(live);
    return (
      <div ref={ref} className="code-lines">
        {numbered && (
          <span className="code-numbers" aria-hidden="true">
            {numbers(firstLine, lineCount)}
          </span>
        )}
        <code>{near ? coloured(text, tokens) : text}</code>
      </div>
    );
  },
  // Highlighted lines stay the same objects while others are added.
  (one, other) =>
    one.text === other.text &&
    one.live === other.live &&
    one.numbered === other.numbered &&
    one.tokens.length === other.tokens.length &&
    one.tokens.every((line, index) => line === other.tokens[index]),
);

function numbers(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => String(first + index)).join('\n');
}

function coloured(text: string, tokens: readonly LineTokens[]): ReactNode[] {
  const out: ReactNode[] = [];
  let at = 0;
  let plain = '';
  const flush = () => {
    if (plain !== '') out.push(plain);
    plain = '';
  };
  for (const line of tokens) {
    for (const [length, className] of line) {
      const piece = text.slice(at, at + length);
      at += length;
      if (className === '') plain += piece;
      else {
        flush();
        out.push(
          <span key={at} className={className}>
            {piece}
          </span>,
        );
      }
    }
    plain += text.slice(at, at + 1);
    at += 1;
  }
  plain += text.slice(at);
  flush();
  return out;
}
