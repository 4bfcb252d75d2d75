import type { BlockName } from './block-name.ts';

/** A block of a text: between two fences, perhaps in a quote, or between the tags of a file. */
export interface Block {
  /** What encloses it: a fence, a fence in a quote (`> `), or the tags of a file. */
  readonly kind: 'fence' | 'quote' | 'tag';
  /** Where the line begins that opens it. In UTF-16 units, as all offsets. */
  readonly lineStart: number;
  /** Where its content begins: behind that line. */
  readonly start: number;
  /** Where its content ends: at the start of the closing line, so the content's last line end is part of it. */
  readonly end: number;
  /** Behind the closing line. */
  readonly next: number;
  /** `false` for a block that runs to the end of the text, or into the next file. */
  readonly isClosed: boolean;
  /** The info string; of a tag `''`. */
  readonly info: string;
  /** The path that names it, if one does, and its language. */
  readonly name: BlockName;
  /** What each line of the content is indented by, because the block stands in a list. */
  readonly listIndent: string;
  /** Blocks inside that have a path in their info string, or may have one. */
  readonly nested: readonly Range[];
  /** Of an open block: the info strings of the fences that are open, the outermost first. */
  readonly openInfos: readonly string[];
}

export interface Range {
  readonly start: number;
  readonly end: number;
  readonly path: string;
}

/** The opening or the closing line of a block that only wraps the blocks inside. */
export interface WrapperLine {
  readonly kind: 'wrapper';
  readonly lineStart: number;
  readonly next: number;
}

export type Piece = Block | WrapperLine;
