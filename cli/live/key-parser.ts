import type { Clock } from '@stagewire/server/runtime/clock';

/** What a user has typed: text, or a key with a name such as `enter`, `left`, `ctrl-u` or `alt-b`. */
export type Key =
  | { readonly kind: 'text'; readonly text: string }
  /** Text from the clipboard: a line break in it is not the key Enter. */
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'key'; readonly name: string };

export interface KeyParserOptions {
  readonly onKey: (key: Key) => void;
  readonly clock: Pick<Clock, 'after'>;
}

export interface KeyParser {
  push(input: string): void;
}

/** After this time without more input, an escape character is the key Esc, in milliseconds. */
const escapeMs = 50;
/** More than that is not from a clipboard whose end is still to come. */
const maxPasteChars = 1_000_000;

/** Reads the input of a terminal in raw mode, in pieces of any size. */
export function createKeyParser({ onKey, clock }: KeyParserOptions): KeyParser {
  let buffer = '';
  let stopWaiting: (() => void) | undefined;

  const read = (isFinal: boolean) => {
    while (buffer !== '') {
      const found = nextKey(buffer, isFinal);
      if (found === undefined) return;
      buffer = buffer.slice(found.length);
      if (found.key !== undefined) onKey(found.key);
    }
  };
  return {
    push(input) {
      stopWaiting?.();
      stopWaiting = undefined;
      buffer += input;
      read(false);
      if (buffer !== '' && !buffer.startsWith(pasteStart))
        stopWaiting = clock.after(escapeMs, () => read(true));
    },
  };
}

interface Found {
  /** Absent: input without a meaning. */
  readonly key?: Key;
  readonly length: number;
}

const pasteStart = '\u001b[200~';
const pasteEnd = '\u001b[201~';
/* oxlint-disable no-control-regex -- what a terminal sends has control characters */
const textRun = /^[^\u0000-\u001f\u007f]+/;
const sequence = /^\u001b(?:\[[0-?]*[ -/]*[@-~]|O[ -~])/;
const unfinished = /^\u001b(?:\[[0-?]*[ -/]*|O)?$/;
/* oxlint-enable no-control-regex */

function nextKey(input: string, isFinal: boolean): Found | undefined {
  const text = textRun.exec(input)?.[0];
  if (text !== undefined) return { key: { kind: 'text', text }, length: text.length };
  if (input.startsWith(pasteStart)) return pasted(input);
  const known = sequence.exec(input)?.[0];
  if (known !== undefined) return { ...named(sequences[known]), length: known.length };
  if (unfinished.test(input)) {
    return isFinal ? { key: { kind: 'key', name: 'escape' }, length: input.length } : undefined;
  }
  const first = input.charAt(0);
  if (first !== '\u001b') return { ...named(controlName(first)), length: 1 };
  const [second = ''] = input.slice(1);
  // Two escapes are two keys, not one with Alt.
  if (second === '\u001b') return { ...named('escape'), length: 1 };
  return { ...named(`alt-${controlName(second) ?? second}`), length: 1 + second.length };
}

function pasted(input: string): Found | undefined {
  const end = input.indexOf(pasteEnd);
  if (end === -1 && input.length < maxPasteChars) return undefined;
  const text = input.slice(pasteStart.length, end === -1 ? undefined : end);
  return {
    key: { kind: 'paste', text: text.replaceAll(/\r\n?/g, '\n') },
    length: end === -1 ? input.length : end + pasteEnd.length,
  };
}

function named(name: string | undefined): Pick<Found, 'key'> {
  return name === undefined ? {} : { key: { kind: 'key', name } };
}

function controlName(char: string): string | undefined {
  const code = char.charCodeAt(0);
  if (char === '\r') return 'enter';
  if (char === '\n') return 'ctrl-j';
  if (char === '\t') return 'tab';
  if (code === 0x7f || code === 0x08) return 'backspace';
  return code < 0x1b ? `ctrl-${String.fromCharCode(code + 0x60)}` : undefined;
}

/** The keys with a meaning here, as the common terminals send them. */
const sequences: Readonly<Record<string, string>> = {
  '\u001b[A': 'up',
  '\u001b[B': 'down',
  '\u001b[C': 'right',
  '\u001b[D': 'left',
  '\u001b[H': 'home',
  '\u001b[F': 'end',
  '\u001b[Z': 'backtab',
  '\u001b[1~': 'home',
  '\u001b[4~': 'end',
  '\u001b[3~': 'delete',
  '\u001b[1;5C': 'alt-f',
  '\u001b[1;5D': 'alt-b',
  '\u001b[1;3C': 'alt-f',
  '\u001b[1;3D': 'alt-b',
  '\u001bOA': 'up',
  '\u001bOB': 'down',
  '\u001bOC': 'right',
  '\u001bOD': 'left',
  '\u001bOH': 'home',
  '\u001bOF': 'end',
};
