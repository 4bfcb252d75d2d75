import type { ProviderEvent } from './provider.ts';

/** Separates thoughts that a model puts between tags at the start of its text from the text. */
export interface ThoughtTags {
  /** Appends a piece of the text to `output`, as text or as reasoning. */
  text(piece: string, output: ProviderEvent[]): void;
  /** Appends what is still buffered. Call it when nothing follows, before reading `open`. */
  end(output: ProviderEvent[]): void;
  /** Whether a tag was opened and never closed. */
  readonly open: boolean;
}

export interface ThoughtTagsOptions {
  /**
   * The text continues one that was cut off, perhaps in the middle of a line: blank lines between thoughts and text
   * then count as reasoning. @default false
   */
  readonly isContinuation?: boolean;
}

/**
 * Opening tags and their closing tags, in lower case. `think`: DeepSeek, Qwen, GLM and most others; `thinking`:
 * Claude and Granite behind gateways; `thought`: Gemini, EXAONE; `reasoning`: models trained by instruction;
 * `seed:think`: Seed-OSS; square brackets: Magistral; triangles: Kimi. The channels of gpt-oss, where a server
 * leaves them in the text, are recognized by the parts that fit in the buffer: the start of `<
 * channel
 * >analysis<
 * message
 * >` and the end of `<
 * channel
 * >final<
 * message
 * >`.
 */
const tags: ReadonlyMap<string, string> = new Map([
  ...['think', 'thinking', 'thought', 'thoughts', 'reasoning', 'seed:think'].map(
    (name) => [`<${name}>`, `</${name}>`] as const,
  ),
  ['[think]', '[/think]'],
  ['◁think▷', '◁/think▷'],
  ['<|channel|>a', 'l<|message|>'],
]);

const MAX_HELD_CHARS = 12;

/**
 * Text that starts, after white space, with one of the tags is reasoning until that tag is closed. So is a
 * following thought if only white space precedes its tag. Elsewhere tags are text. At most 12 chars are buffered.
 */
export function createThoughtTags(options: ThoughtTagsOptions = {}): ThoughtTags {
  const { isContinuation = false } = options;
  let place: 'front' | 'thought' | 'text' = 'front';
  let held = '';
  let closing = '';

  return {
    text(piece, output) {
      let rest = held + piece;
      held = '';
      while (rest !== '') {
        if (place === 'text') return emit(output, 'text', rest);
        rest = place === 'front' ? atFront(rest, output) : inThought(rest, output);
      }
    },
    end(output) {
      emit(output, place === 'thought' ? 'reasoning' : 'text', held);
      held = '';
    },
    get open() {
      return place === 'thought';
    },
  };

  /** Returns what is left to read; what can be classified only with the next piece is buffered. */
  function atFront(piece: string, output: ProviderEvent[]): string {
    const blankLines = closing === '' || !isContinuation ? '' : (/^\s*\n/.exec(piece)?.[0] ?? '');
    emit(output, 'reasoning', blankLines);
    const rest = piece.slice(blankLines.length);
    const begun = rest.trimStart();
    const lower = begun.slice(0, MAX_HELD_CHARS).toLowerCase();
    const opening = [...tags.keys()].find((tag) => lower.startsWith(tag));
    if (opening !== undefined) {
      place = 'thought';
      closing = tags.get(opening) ?? '';
      return begun.slice(opening.length);
    }
    if (![...tags.keys()].some((tag) => tag.startsWith(lower))) {
      place = 'text';
      return rest;
    }
    // White space beyond the size of the buffer is text.
    const spare = Math.max(0, rest.length - MAX_HELD_CHARS);
    emit(output, 'text', rest.slice(0, spare));
    held = rest.slice(spare);
    return '';
  }

  function inThought(rest: string, output: ProviderEvent[]): string {
    const at = rest.search(closingPattern(closing));
    if (at !== -1) {
      emit(output, 'reasoning', rest.slice(0, at));
      place = 'front';
      return rest.slice(at + closing.length);
    }
    let keep = Math.min(closing.length - 1, rest.length);
    while (keep > 0 && !closing.startsWith(rest.slice(-keep).toLowerCase())) keep -= 1;
    emit(output, 'reasoning', rest.slice(0, rest.length - keep));
    held = keep === 0 ? '' : rest.slice(-keep);
    return '';
  }
}

/** Case is folded by the pattern: the lower-case form of a text may be longer than the text. */
function closingPattern(closing: string): RegExp {
  return new RegExp(closing.replaceAll(/[[\]/|]/g, String.raw`\$&`), 'i');
}

function emit(output: ProviderEvent[], type: 'text' | 'reasoning', text: string): void {
  if (text !== '') output.push({ type, text });
}
