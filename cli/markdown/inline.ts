import type { Style } from '../terminal/paint.ts';

/** A part of a line with the same styles, without its markers. */
export interface InlinePiece {
  readonly text: string;
  readonly styles: readonly Style[];
}

export interface InlineOptions {
  /** Whether the line is complete: nothing follows. */
  readonly isComplete: boolean;
  /** The character before the source in its line; '' at its start. */
  readonly before: string;
  readonly styles: readonly Style[];
}

export interface InlineResult {
  readonly pieces: readonly InlinePiece[];
  /** How much of the source they are; at least 1. */
  readonly length: number;
}

/**
 * A span that is not closed within so many characters is text: otherwise a stray marker would hold back a paragraph. No
 * decision looks further, whatever has arrived already.
 */
const maxSpanChars = 240;
const special = /[\\`*_~[!]/;
const escapable = /^[!-/:-@[-`{-~]$/;
const word = /^[\p{L}\p{N}]$/u;

/**
 * The next part of a line of Markdown: plain text, or one span.
 *
 * @returns `undefined` if more of the line has to be known.
 */
export function nextInline(line: string, given: InlineOptions): InlineResult | undefined {
  const source = line.slice(0, maxSpanChars);
  const options = { ...given, isComplete: given.isComplete || line.length >= maxSpanChars };
  const at = source.search(special);
  if (at !== 0) return plain(at === -1 ? source : source.slice(0, at), options);
  const first = source.charAt(0);
  const read = { '\\': readEscape, '`': readCode, '[': readLink, '!': readImage, '~': readStrike }[first];
  return (read ?? readEmphasis)(source, options);
}

/** All parts of a complete line. */
export function inlinePieces(source: string, styles: readonly Style[] = []): InlinePiece[] {
  const pieces: InlinePiece[] = [];
  let before = '';
  for (let at = 0; at < source.length;) {
    const next = nextInline(source.slice(at), { isComplete: true, before, styles });
    if (next === undefined) throw new Error('A complete line has no open end.');
    pieces.push(...next.pieces);
    at += next.length;
    before = source.charAt(at - 1);
  }
  return pieces;
}

function plain(text: string, { styles }: InlineOptions): InlineResult {
  return { pieces: [{ text, styles }], length: text.length };
}

function readEscape(source: string, options: InlineOptions): InlineResult | undefined {
  if (source.length === 1) return options.isComplete ? plain(source, options) : undefined;
  const next = source.charAt(1);
  if (!escapable.test(next)) return plain('\\', options);
  return { pieces: [{ text: next, styles: options.styles }], length: 2 };
}

function readCode(source: string, options: InlineOptions): InlineResult | undefined {
  const size = runLength(source, 0);
  if (size === source.length && !options.isComplete) return undefined;
  const end = findCodeEnd(source, 0, size);
  if (end === undefined || (end === source.length && !options.isComplete))
    return unclosed(source, size, options);
  const inner = source.slice(size, end - size);
  // One space on each side allows code that begins or ends with a backtick.
  const text = /^ .*[^ ].* $|^ [^ ] $/.test(inner) ? inner.slice(1, -1) : inner;
  return { pieces: [{ text, styles: [...options.styles, 'cyan'] }], length: end };
}

/** The end of a code span whose opening run begins at `at`; `undefined` if it is not closed. */
function findCodeEnd(source: string, at: number, size: number): number | undefined {
  for (let next = at + size; next < source.length;) {
    const found = source.indexOf('`', next);
    if (found === -1) return undefined;
    const length = runLength(source, found);
    if (length === size) return found + length;
    next = found + length;
  }
  return undefined;
}

function readStrike(source: string, options: InlineOptions): InlineResult | undefined {
  const size = runLength(source, 0);
  if (size === source.length && !options.isComplete) return undefined;
  if (size !== 2) return plain(source.slice(0, size), options);
  return readSpan(source, { size, styles: ['strikethrough'] }, options);
}

function readEmphasis(source: string, options: InlineOptions): InlineResult | undefined {
  const size = runLength(source, 0);
  if (size === source.length && !options.isComplete) return undefined;
  if (size > 3) return plain(source.slice(0, size), options);
  const styles = ([[], ['italic'], ['bold'], ['bold', 'italic']] as const)[size] ?? [];
  return readSpan(source, { size, styles }, options);
}

interface Span {
  /** Characters of each marker. */
  readonly size: number;
  readonly styles: readonly Style[];
}

function readSpan(source: string, { size, styles }: Span, options: InlineOptions): InlineResult | undefined {
  const marker = source.charAt(0);
  const isBound = marker === '_';
  const opens = /\S/.test(source.charAt(size)) && !(isBound && word.test(options.before));
  if (!opens) return plain(source.slice(0, size), options);
  const end = findSpanEnd(source, { marker, size, isBound, isComplete: options.isComplete });
  if (end === 'open') return unclosed(source, size, options);
  const inner = source.slice(size, end - size);
  const pieces = inlinePieces(inner, [...options.styles, ...styles]);
  return { pieces, length: end };
}

interface Marker {
  readonly marker: string;
  readonly size: number;
  /** Whether it counts at the edge of a word only. */
  readonly isBound: boolean;
  readonly isComplete: boolean;
}

function findSpanEnd(source: string, { marker, size, isBound, isComplete }: Marker): number | 'open' {
  for (let at = size; at < source.length; at += 1) {
    const char = source.charAt(at);
    if (char === '\\') {
      at += 1;
      continue;
    }
    if (char === '`') {
      const end = findCodeEnd(source, at, runLength(source, at));
      if (end === undefined && !isComplete) return 'open';
      if (end !== undefined) at = end - 1;
      continue;
    }
    if (char !== marker) continue;
    const length = runLength(source, at);
    const end = at + length;
    if (end === source.length && !isComplete) return 'open';
    // Three markers close an inner span, too.
    const fits = length === size || (length === 3 && size < 3);
    const closes = /\S/.test(source.charAt(at - 1)) && !(isBound && word.test(source.charAt(end)));
    if (fits && closes && at > size) return end;
    at = end - 1;
  }
  return 'open';
}

function readImage(source: string, options: InlineOptions): InlineResult | undefined {
  if (source.length === 1 && !options.isComplete) return undefined;
  if (source.charAt(1) !== '[') return plain('!', options);
  const link = readLink(source.slice(1), options);
  if (link === undefined) return undefined;
  return {
    pieces: link.length === 1 ? [{ text: '![', styles: options.styles }] : link.pieces,
    length: link.length + 1,
  };
}

const linkStart = /^\[[^\]\n]*(?:\](?:\([^\s)]*(?:[ \t]+(?:"[^"\n]*"?|'[^'\n]*'?)?[ \t]*)?)?)?$/;
const link = /^\[([^\]\n]*)\]\(([^\s)]*)(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'))?[ \t]*\)/;

/** The text of a link, and its URL: where it leads must be visible. */
function readLink(source: string, options: InlineOptions): InlineResult | undefined {
  const found = link.exec(source);
  if (found === null) {
    const mayFollow = !options.isComplete && linkStart.test(source);
    return mayFollow ? undefined : plain('[', options);
  }
  const [all, text = '', url = ''] = found;
  const pieces = inlinePieces(text, [...options.styles, 'underline']);
  const shown =
    url === '' || url === text ? [] : [{ text: ` (${url})`, styles: [...options.styles, 'dim' as const] }];
  return { pieces: [...pieces, ...shown], length: all.length };
}

/** An opening marker without a closing one: held while that may follow, and text after that. */
function unclosed(source: string, size: number, options: InlineOptions): InlineResult | undefined {
  if (!options.isComplete) return undefined;
  return plain(source.slice(0, size), options);
}

function runLength(source: string, at: number): number {
  const char = source.charAt(at);
  let end = at + 1;
  while (source.charAt(end) === char) end += 1;
  return end - at;
}
