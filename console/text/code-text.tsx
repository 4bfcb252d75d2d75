import { useEffect, useMemo, useRef, useState } from 'react';
import { CodeLines } from './code-lines.tsx';
import type { LineTokens } from './line-colours.ts';
import { type CodeColours, useHighlighter } from './highlighter.ts';

export interface CodeTextProps {
  readonly text: string;
  readonly language: string;
  /** The text is still growing: the last line is incomplete. */
  readonly growing: boolean;
  readonly numbered?: boolean;
}

const linesPerPiece = 40;
const noTokens: readonly LineTokens[] = [];

/** Code in pieces of forty lines; while it grows only the last piece renders again. */
export function CodeText({ text, language, growing, numbered = false }: CodeTextProps) {
  const lines = useMemo(() => text.split('\n'), [text]);
  const tokens = useColours(lines, language, growing);
  const pieces = [];
  // The empty string after the last line end is not a line.
  const count = !growing && lines.at(-1) === '' ? lines.length - 1 : lines.length;
  for (let first = 0; first < count; first += linesPerPiece) {
    const end = Math.min(first + linesPerPiece, count);
    const isLast = end === count;
    pieces.push(
      <CodeLines
        key={first}
        text={lines.slice(first, end).join('\n') + (isLast ? '' : '\n')}
        firstLine={first + 1}
        lineCount={end - first}
        tokens={tokens.slice(first, end)}
        numbered={numbered}
        live={growing && isLast}
      />,
    );
  }
  return <>{pieces}</>;
}

/** The tokens of whole lines, as they arrive from the worker. */
function useColours(lines: readonly string[], language: string, growing: boolean): readonly LineTokens[] {
  const highlighter = useHighlighter();
  const colours = useRef<{ language: string; of: CodeColours | undefined }>(undefined);
  const [tokens, setTokens] = useState(noTokens);

  useEffect(() => {
    if (colours.current?.language !== language) {
      colours.current?.of?.close();
      const opened = highlighter?.open(language);
      colours.current = { language, of: opened };
      setTokens(noTokens);
      opened?.subscribe(() => setTokens(opened.lines));
    }
    colours.current.of?.take(growing ? lines.slice(0, -1) : lines);
  }, [lines, language, growing, highlighter]);
  useEffect(
    () => () => {
      colours.current?.of?.close();
      colours.current = undefined;
    },
    [],
  );
  return tokens;
}
