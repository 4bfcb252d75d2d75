import { memo } from 'react';

/** The minimum length of a piece; it ends at a line end. */
const minPieceChars = 2000;
/** A piece without a line end by this length ends at a word. */
const maxPieceChars = 4000;

/** Plain text in pieces: while it grows, only the last piece is laid out again. */
export const PlainText = memo(function PlainText({ text }: { readonly text: string }) {
  // The index is the key: the text is only appended to.
  return piecesOf(text).map((piece, index) => <div key={index}>{piece}</div>);
});

function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  while (text.length - from > minPieceChars) {
    const line = text.indexOf('\n', from + minPieceChars);
    const word = text.indexOf(' ', from + maxPieceChars);
    const end = line !== -1 && (word === -1 || line < word) ? line : word;
    if (end === -1) break;
    pieces.push(text.slice(from, end));
    from = end + 1;
  }
  return [...pieces, text.slice(from)];
}
