import type { BlockName } from './block-name.ts';

/** A block of a text: between two fences, optionally in a quote, or between the tags of a file. */
export interface Block {
  /** The enclosure: a fence, a fence in a quote (`> `), or the tags of a file. */
  readonly kind: 'fence' | 'quote' | 'tag';
  /** Start of its opening line. All offsets are UTF-16 code units. */
  readonly lineStart: number;
  /** Start of its content: after that line. */
  readonly start: number;
  /** End of its content: the start of the closing line, so the content includes its last line ending. */
  readonly end: number;
  /** The offset after the closing line. */
  readonly next: number;
  /** `false` for a block that runs to the end of the text, or into the next file. */
  readonly isClosed: boolean;
  /** The info string; of a tag `''`. */
  readonly info: string;
  /** Its path, if it has one, and its language. */
  readonly name: BlockName;
  /** The indentation of each line of the content if the block is in a list. */
  readonly listIndent: string;
  /** Inner blocks that have a path in their info string, or may have one. */
  readonly nested: readonly Range[];
  /** Of an open block: the info strings of the open fences, the outermost first. */
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
