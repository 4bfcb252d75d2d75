import { memo } from 'react';

/** So long is a piece at least, in characters; it ends with its line. */
const wantedPieceChars = 2000;
/** A piece whose line does not end by then ends with a word. */
const mostPieceChars = 4000;

/** Text as it is, in pieces: while it grows, only the last is laid out again. */
export const PlainText = memo(function PlainText({ text }: { readonly text: string }) {
  // A text only grows, so a piece has no name but its place.
  return piecesOf(text).map((piece, index) => <div key={index}>{piece}</div>);
});

function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  while (text.length - from > wantedPieceChars) {
    const line = text.indexOf('\n', from + wantedPieceChars);
    const word = text.indexOf(' ', from + mostPieceChars);
    const end = line !== -1 && (word === -1 || line < word) ? line : word;
    if (end === -1) break;
    pieces.push(text.slice(from, end));
    from = end + 1;
  }
  return [...pieces, text.slice(from)];
}
