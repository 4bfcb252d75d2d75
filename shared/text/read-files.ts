import type { SkipReason, TextPart } from '../primitives.ts';
import type { Block } from './block.ts';
import { isDiff } from './diff-marks.ts';
import { isElided, placeholders } from './elision.ts';
import { contentOf, type Content } from './file-content.ts';
import { cleanPath, isMarkdownPath, maxPathChars } from './file-path.ts';
import { languageOf } from './language-of.ts';
import { onlyPathBehindFirstWord } from './info-string.ts';
import { maxPartsPerFile } from './max-parts-per-file.ts';
import { scanBlocks } from './scan-blocks.ts';
import { repairSeams } from './seam.ts';
import type { TextView } from './text-view.ts';
import { answerStart } from './thought.ts';

/** A file in a text. */
export interface WrittenFile {
  readonly path: string;
  /** In lower case: from the info string of the fence, else from the extension, else `text`. */
  readonly language: string;
  /** The pieces of the text that are its content, in order: with the last line ending, without the fence lines. */
  readonly parts: readonly TextPart[];
  /** It has a placeholder for omitted text and was accepted nevertheless: see `acceptElided`. */
  readonly elided?: true;
}

/** A block that requests the removal of a file, from its opening line to its closing one. */
export interface RemovedFile extends TextPart {
  readonly path: string;
}

/** A block that did not become a file, and why. `offset` and `chars` are those of its content. */
export interface SkippedFile extends TextPart {
  readonly reason: SkipReason;
  readonly path?: string;
}

/** The files, removals and skipped blocks of a text. */
export interface TextFiles {
  /** By position; the last one if several blocks have the same path. */
  readonly files: readonly WrittenFile[];
  readonly removed: readonly RemovedFile[];
  /** By position, at most `maxSkippedPerText`; if there are more, the least informative ones are omitted. */
  readonly skipped: readonly SkippedFile[];
  /** The last block with a path if it is not closed, as while a model writes it: its content so far. */
  readonly open?: WrittenFile;
  /** The text has an empty block `unchanged`: nothing needs to change. */
  readonly unchanged: boolean;
  /**
   * The text around the blocks that were accepted, that are removals, or that a later block replaced: prose and skipped
   * blocks. Without thoughts in tags before the answer, and without what was omitted at a seam.
   */
  readonly notes: string;
}

export interface ReadFilesOptions {
  /**
   * The current text of a path, context files included; `undefined` if there is no such file. Without this function the
   * files are not known: all are new, and each may be removed.
   */
  readonly present?: (path: string) => string | undefined;
  /** Paths whose current text is elided, accepted with `acceptElided`. @default none */
  readonly elidedPaths?: ReadonlySet<string>;
  /** Offsets at which an attempt continued a text that was cut off, ascending: the seam is repaired there. */
  readonly seams?: readonly number[];
  /** The text is not complete: its last line is not read as a fence before it ends. @default false */
  readonly isGrowing?: boolean;
  /** Accept a new file that seems to omit something: it was repaired once, or cannot be. @default false */
  readonly acceptElided?: boolean;
  /** Files in one text; blocks with further paths are skipped. @default 1000 */
  readonly maxFiles?: number;
}

/** Maximum number of skipped blocks per text. */
export const maxSkippedPerText = 100;

/**
 * The files in a text: its blocks that have a path, and why the others were skipped. A block is enclosed by fences or
 * by a tag such as `<file path="src/a.ts">`; `nameBlock` defines where its path comes from. The content is exactly that
 * of the text, apart from what `contentOf` removes from each line. Linear in the text's length.
 */
export function readFiles(text: string, options: ReadFilesOptions = {}): TextFiles {
  const { view, breaks } = repairSeams(text, { start: answerStart(text), seams: options.seams ?? [] });
  const reader = new FileReader(view, options);
  let notes = '';
  let end = 0;
  for (const piece of scanBlocks(view.text, { breaks, isGrowing: options.isGrowing ?? false }).pieces) {
    const isNote = piece.kind !== 'wrapper' && !reader.read(piece);
    if (isNote) continue;
    notes += view.text.slice(end, piece.lineStart);
    end = piece.next;
  }
  return { ...reader.result(), notes: notes + view.text.slice(end) };
}

interface Write {
  readonly file: WrittenFile;
  readonly content: () => string;
  readonly block: Block;
}

class FileReader {
  readonly #view: TextView;
  readonly #options: ReadFilesOptions;
  readonly #writes = new Map<string, Write>();
  readonly #removals = new Map<string, Block>();
  readonly #skipped: SkippedFile[] = [];
  #unchanged = false;
  #open: WrittenFile | undefined;

  constructor(view: TextView, options: ReadFilesOptions) {
    this.#view = view;
    this.#options = options;
  }

  result(): Omit<TextFiles, 'notes'> {
    return {
      files: [...this.#writes.values()].map(({ file }) => file),
      removed: [...this.#removals].map(([path, { lineStart, next }]) => ({
        path,
        ...this.#place(lineStart, next),
      })),
      skipped: mostTelling(this.#skipped),
      unchanged: this.#unchanged,
      ...(this.#open !== undefined && { open: this.#open }),
    };
  }

  /** `false` if the block stays in the notes. */
  read(block: Block): boolean {
    for (const { start, end, path } of block.nested)
      this.#skip('nested', { start, end: Math.max(start, end) }, pathOf(path));
    const { name } = block.name;
    const path = name === undefined ? undefined : pathOf(name);
    this.#open = block.isClosed || name === undefined ? undefined : this.#readOpen(block, name);
    if (!block.isClosed) return this.#skip('open', block, path);
    if (name === undefined && block.info === '' && block.start === block.end)
      return this.#skip('no_path', block);
    const request = /^(delete|unchanged)(?::|\s|$)/i.exec(block.info)?.[1]?.toLowerCase();
    if (request === 'unchanged') return this.#readUnchanged(block);
    if (request === 'delete') return this.#readRemoval(block);
    const content = contentOf(this.#view.text, block);
    const text = once(() =>
      content.pieces.map(({ offset, chars }) => this.#view.text.slice(offset, offset + chars)).join(''),
    );
    if (isShownDiff(block, name ?? '', text)) return this.#skip('diff', block, path);
    if (name === undefined) return this.#skip('no_path', block);
    const clean = cleanPath(name);
    if (clean === undefined) return this.#skip('path_refused', block, path);
    return this.#readFile(block, { path: clean, content, text });
  }

  #readUnchanged(block: Block): boolean {
    if (this.#isBlank(block)) this.#unchanged = true;
    else return this.#skip('no_path', block);
    return true;
  }

  #readRemoval(block: Block): boolean {
    const name = onlyPathBehindFirstWord(block.info);
    const path = name === undefined ? undefined : cleanPath(name);
    if (name !== undefined && path === undefined) return this.#skip('path_refused', block, pathOf(name));
    if (path === undefined || !this.#isBlank(block)) return this.#skip('no_path', block, path);
    this.#replace(path);
    const { present } = this.#options;
    if (present !== undefined && present(path) === undefined) return this.#skip('no_such_file', block, path);
    this.#removals.set(path, block);
    return true;
  }

  #readFile(
    block: Block,
    file: { readonly path: string; readonly content: Content; readonly text: () => string },
  ): boolean {
    const { path, content, text } = file;
    const present = once(() => this.#present(path));
    if ((block.name.isExcerpt || content.isExcerpt) && present() !== undefined)
      return this.#skip('excerpt', block, path);
    const stand = placeholders(text(), path);
    const isShort = stand.length > 0 && isElided(stand, text(), present());
    const elided = isShort || (stand.length > 0 && this.#isPresentElided(path));
    if (isShort && (present() !== undefined || this.#options.acceptElided !== true))
      return this.#skip('elided', block, path);
    const parts = content.pieces.flatMap(({ offset, chars }) => this.#view.parts(offset, offset + chars));
    const { maxFiles = 1000 } = this.#options;
    // Each file becomes an event, and each event searches all files of the run.
    const isTooMuch =
      parts.length > maxPartsPerFile || (!this.#writes.has(path) && this.#writes.size >= maxFiles);
    if (isTooMuch) return this.#skip('too_many', block, path);
    this.#replace(path);
    const language = languageIn(block, path);
    const written: WrittenFile = { path, language, parts, ...(elided && { elided: true as const }) };
    this.#writes.set(path, { file: written, content: text, block });
    return true;
  }

  #readOpen(block: Block, name: string): WrittenFile | undefined {
    const path = cleanPath(name);
    // While its opening line is being written, its path may be a part of one.
    const isOpening = block.kind !== 'tag' && this.#view.text[block.start - 1] !== '\n';
    if (path === undefined || isOpening) return undefined;
    const { pieces } = contentOf(this.#view.text, block);
    const parts = pieces.flatMap(({ offset, chars }) => this.#view.parts(offset, offset + chars));
    return { path, language: languageIn(block, path), parts };
  }

  /** The last block of a path takes precedence. */
  #replace(path: string): void {
    const older = this.#writes.get(path)?.block ?? this.#removals.get(path);
    if (older !== undefined) this.#skip('duplicate', older, path);
    this.#writes.delete(path);
    this.#removals.delete(path);
  }

  #present(path: string): string | undefined {
    if (this.#removals.has(path)) return undefined;
    return this.#writes.get(path)?.content() ?? this.#options.present?.(path);
  }

  /** Then its placeholder is not a line of the file, and a block that still has it omits the same part. */
  #isPresentElided(path: string): boolean {
    if (this.#removals.has(path)) return false;
    const write = this.#writes.get(path);
    return write === undefined ? this.#options.elidedPaths?.has(path) === true : write.file.elided === true;
  }

  #isBlank(block: Block): boolean {
    return this.#view.text.slice(block.start, block.end).trim() === '';
  }

  #skip(
    reason: SkipReason,
    { start, end }: { readonly start: number; readonly end: number },
    path?: string,
  ): false {
    this.#skipped.push({ reason, ...(path !== undefined && { path }), ...this.#place(start, end) });
    return false;
  }

  /** The range in the whole text, including what was omitted between. */
  #place(start: number, end: number): TextPart {
    const offset = this.#view.toWhole(start);
    return { offset, chars: end <= start ? 0 : this.#view.toWhole(end - 1) + 1 - offset };
  }
}

/** A patch is not the content of a file, even with a path, unless the file is a patch. */
function isShownDiff({ name: { language } }: Block, name: string, text: () => string): boolean {
  if (/\.(?:diff|patch)$/i.test(name)) return false;
  if (language === 'diff' || language === 'patch') return true;
  return !isMarkdownPath(name) && isDiff(text());
}

function languageIn({ name: { language } }: Block, path: string): string {
  return language === '' ? languageOf(path) : language;
}

/** The clean path, otherwise the name as it was written. */
function pathOf(name: string): string {
  return cleanPath(name) ?? name.slice(0, maxPathChars);
}

const lessTelling: ReadonlySet<SkipReason> = new Set(['duplicate', 'no_path', 'nested', 'too_many']);

function mostTelling(skipped: readonly SkippedFile[]): SkippedFile[] {
  const telling = skipped.filter(({ reason }) => !lessTelling.has(reason));
  const others = skipped.filter(({ reason }) => lessTelling.has(reason));
  return [...telling, ...others].slice(0, maxSkippedPerText).sort((one, other) => one.offset - other.offset);
}

function once<T>(read: () => T): () => T {
  let value: { readonly it: T } | undefined;
  return () => (value ??= { it: read() }).it;
}
