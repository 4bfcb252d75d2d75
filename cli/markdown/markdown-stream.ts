import type { WrapWriter } from '../render/wrap-writer.ts';
import type { Paint, Style } from '../terminal/paint.ts';
import { widthOf } from '../terminal/text-width.ts';
import { inlinePieces, nextInline, type InlinePiece } from './inline.ts';
import { isDelimiterRow, tableRows } from './table.ts';

/**
 * Formats Markdown as it arrives. It writes only what no later text changes: a word, a span such as `**bold**` and a
 * table are held until they are complete. Any split of the same text gives the same output.
 */
export interface MarkdownStream {
  push(text: string): void;
  /** Writes what is held, for a line of another kind. The text continues where it was, in the same code block. */
  pause(): void;
  /** Starts another text, which begins with `kept`; that is not written again. */
  restart(kept: string): void;
  /** The rows of a table that are held; 0 if there is none. */
  readonly heldRows: number;
}

export interface MarkdownStreamOptions {
  readonly writer: WrapWriter;
  readonly paint: Paint;
}

interface Fence {
  readonly char: string;
  readonly size: number;
}

/** More rows are written as text. */
const maxTableRows = 500;
const ruleColumns = 40;

export function createMarkdownStream({ writer: output, paint }: MarkdownStreamOptions): MarkdownStream {
  /** Without styles, the markers are what shows a heading or an emphasis. */
  const isStyled = paint('bold', ' ') !== ' ';
  let isSilent = false;
  let buffer = '';
  let place: 'start' | 'inline' | 'code' = 'start';
  let fence: Fence | undefined;
  /** Complete lines that are, or may become, a table. */
  let table: string[] = [];
  let lineStyles: readonly Style[] = [];
  /** The character before the buffer, in its line. */
  let before = '';
  /** What the rows of the current paragraph begin with. */
  let hang = '';
  let isQuote = false;

  const write = (text: string, styles: readonly Style[] = []) => {
    if (!isSilent) output.push(text, styles);
  };
  const writePieces = (pieces: readonly InlinePiece[]) => {
    for (const { text, styles } of pieces) write(text, styles);
  };
  const piecesOf: typeof inlinePieces = (source, styles) =>
    isStyled ? inlinePieces(source, styles) : [{ text: source, styles: [] }];
  const setHang = (next: string) => {
    hang = next;
    output.setPrefix({ rest: hang });
  };
  const endLine = () => {
    write('\n');
    place = 'start';
    before = '';
    lineStyles = [];
    isQuote = false;
    setHang('');
  };
  const addHang = (marker: string) => setHang(hang + (isQuote ? marker : ' '.repeat(widthOf(marker))));
  const take = (length: number) => {
    buffer = buffer.slice(length);
  };

  /** @param isFinal whether no more text follows for now. @returns whether there is more to do. */
  const step = (isFinal: boolean): boolean => {
    if (place === 'code') return codeStep();
    if (place === 'inline') return inlineStep(isFinal);
    if (fence !== undefined) return codeStart(fence, isFinal);
    return table.length > 0 ? tableStep(isFinal) : blockStep(isFinal);
  };
  const lineOf = (isFinal: boolean) => {
    const end = buffer.indexOf('\n');
    const line = end === -1 ? buffer : buffer.slice(0, end);
    return { line, hasEnd: end !== -1, isComplete: end !== -1 || isFinal };
  };
  /** Takes a whole line and its line break. */
  const takeLine = ({ line, hasEnd }: { line: string; hasEnd: boolean }) => {
    take(line.length + (hasEnd ? 1 : 0));
    return hasEnd;
  };

  const codeStart = ({ char, size }: Fence, isFinal: boolean): boolean => {
    const found = lineOf(isFinal);
    const run = found.line.trim();
    const mayClose = run === '' || run === char.repeat(run.length);
    if (mayClose && !found.isComplete) return false;
    if (!mayClose || run.length < size) {
      place = 'code';
      return true;
    }
    takeLine(found);
    write(found.line, ['dim']);
    fence = undefined;
    if (found.hasEnd) endLine();
    else place = 'inline';
    return true;
  };
  const codeStep = (): boolean => {
    const { line, hasEnd } = lineOf(false);
    take(line.length + (hasEnd ? 1 : 0));
    write(line);
    if (hasEnd) endLine();
    return hasEnd;
  };
  const inlineStep = (isFinal: boolean): boolean => {
    const { line, hasEnd, isComplete } = lineOf(isFinal);
    let at = 0;
    while (at < line.length) {
      const next = isStyled
        ? nextInline(line.slice(at), { isComplete, before, styles: lineStyles })
        : { pieces: [{ text: line.slice(at), styles: [] }], length: line.length - at };
      if (next === undefined) break;
      writePieces(next.pieces);
      at += next.length;
      before = line.charAt(at - 1);
    }
    take(at);
    if (at < line.length || !hasEnd) return false;
    take(1);
    endLine();
    return true;
  };
  const tableStep = (isFinal: boolean): boolean => {
    const found = lineOf(isFinal);
    const { line, isComplete } = found;
    const mayBelong =
      table.length === 1
        ? isComplete
          ? isDelimiterRow(line)
          : /^[ \t|:-]*$/.test(line)
        : /^[ \t]*(?:\||$)/.test(line) && table.length < maxTableRows;
    if (mayBelong && !isComplete) return false;
    if (mayBelong && line.trim() !== '') {
      takeLine(found);
      table.push(line);
      if (!found.hasEnd) endTable();
      return true;
    }
    endTable();
    return true;
  };
  const endTable = () => {
    const lines = table.splice(0);
    if (lines.length === 0 || isSilent) return;
    const rows =
      lines.length === 1
        ? undefined
        : tableRows(lines, { paint, columns: output.columns - widthOf(hang), piecesOf });
    for (const row of rows ?? []) write(`${row}\n`);
    if (rows === undefined) writePieces([...piecesOf(lines[0] ?? ''), { text: '\n', styles: [] }]);
  };
  const blockStep = (isFinal: boolean): boolean => {
    const found = lineOf(isFinal);
    const { line, isComplete } = found;
    const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
    const rest = line.slice(indent.length);
    if (!isComplete && undecided.test(rest)) return false;
    if (rest === '') {
      if (takeLine(found)) endLine();
      return true;
    }
    const opened = /^(`{3,}(?=[^`]*$)|~{3,})/.exec(rest)?.[0];
    if (opened !== undefined) {
      if (!isComplete) return false;
      fence = { char: opened.charAt(0), size: opened.length };
      write(line, ['dim']);
      if (takeLine(found)) endLine();
      else place = 'code';
      return true;
    }
    if (/^([-*_])(?:[ \t]*\1){2,}[ \t]*$/.test(rest)) {
      write(isStyled ? '─'.repeat(Math.min(ruleColumns, output.columns - widthOf(hang))) : rest, ['dim']);
      if (takeLine(found)) endLine();
      else place = 'inline';
      return true;
    }
    if (rest.startsWith('|') && hang === '') {
      if (!isComplete) return false;
      if (found.hasEnd) {
        takeLine(found);
        table.push(line);
        return true;
      }
    }
    write(indent);
    addHang(' '.repeat(widthOf(indent.replaceAll('\t', '    '))));
    take(indent.length);
    before = '';
    return markerStep(rest);
  };
  /** What a line begins with: after a list marker or a quote mark, the rest of the line is read like a line. */
  const markerStep = (rest: string): boolean => {
    const heading = /^(#{1,6})[ \t]+(?=\S)/.exec(rest);
    if (heading !== null) {
      const [all, marks = ''] = heading;
      lineStyles = marks.length <= 2 ? ['bold', 'cyan'] : ['bold'];
      if (!isStyled) write(all);
      take(all.length);
      place = 'inline';
      return true;
    }
    const quote = /^>[ \t]?/.exec(rest)?.[0];
    if (quote !== undefined) {
      isQuote = true;
      write('▎ ', ['dim']);
      addHang('▎ ');
      take(quote.length);
      return true;
    }
    const item = /^(?:[-*+]|\d{1,9}[.)])[ \t]+(?=\S)/.exec(rest)?.[0];
    if (item !== undefined) {
      const marker = /^\d/.test(item) ? `${item.trim()} ` : '• ';
      write(marker);
      isQuote = false;
      addHang(marker);
      take(item.length);
      return true;
    }
    place = 'inline';
    return true;
  };

  const run = (isFinal: boolean) => {
    for (let isGoing = true; isGoing;) isGoing = buffer !== '' && step(isFinal);
    if (isFinal) endTable();
  };
  const pause = () => {
    run(true);
    if (!isSilent) output.flush();
  };
  return {
    push(text) {
      buffer += text;
      run(false);
    },
    pause,
    restart(kept) {
      buffer = kept;
      place = 'start';
      fence = undefined;
      table = [];
      before = '';
      lineStyles = [];
      isQuote = false;
      isSilent = true;
      pause();
      isSilent = false;
      setHang('');
    },
    get heldRows() {
      return table.length;
    },
  };
}

/** The beginning of a line that may still become a marker: `#`, `-`, `12.`, two backticks, `- - -`. */
const undecided =
  /^(?:#{1,6}[ \t]*|`{1,2}|~{1,2}|>|[-*+_]|([-*_])(?:[ \t]*\1)*[ \t]*|[-*+][ \t]*|\d{1,9}[.)]?[ \t]*|)$/;
