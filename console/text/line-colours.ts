import {
  createCssVariablesTheme,
  createHighlighterCore,
  type GrammarState,
  type HighlighterCore,
} from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import { codeGrammars } from './code-grammars.ts';
import type { CodeLanguage } from './code-languages.ts';

/** The tokens of one line: length in characters and CSS class, '' for plain text. */
export type LineTokens = readonly (readonly [length: number, className: string])[];

export interface LinesToColour {
  /** The code block of the lines. */
  readonly id: number;
  readonly language: CodeLanguage;
  /** The index of the first line; 0 resets the state. */
  readonly from: number;
  readonly lines: readonly string[];
}

/** Highlights code blocks incrementally, line by line. */
export interface LineColours {
  /** The tokens of the lines; earlier requests are completed first. */
  colour(lines: LinesToColour): Promise<readonly LineTokens[]>;
  /** Discards the state of a block. */
  forget(id: number): void;
}

/** Longer lines stay plain: some grammars take seconds for one. */
const maxLineChars = 2000;

export function createLineColours(): LineColours {
  const theme = createCssVariablesTheme({ name: 'console', fontStyle: false });
  /** The name of each language's grammar in the highlighter. */
  const names = new Map<CodeLanguage, Promise<string>>();
  const states = new Map<number, GrammarState | undefined>();
  let highlighter: Promise<HighlighterCore> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const colour = async ({ id, language, from, lines }: LinesToColour): Promise<readonly LineTokens[]> => {
    highlighter ??= createHighlighterCore({
      themes: [theme],
      langs: [],
      engine: createJavaScriptRegexEngine({ forgiving: true }),
    });
    const core = await highlighter;
    const name = names.get(language) ?? load(core, language);
    names.set(language, name);
    const before = from === 0 ? undefined : states.get(id);
    const tokens = core.codeToTokensBase(lines.join('\n'), {
      lang: await name,
      theme: 'console',
      tokenizeMaxLineLength: maxLineChars,
      // By default a slow line is given up halfway, and its rest takes the colour of its last token.
      tokenizeTimeLimit: 0,
      ...(before !== undefined && { grammarState: before }),
    });
    states.set(id, core.getLastGrammarState(tokens));
    return tokens.map((line) =>
      joined(line.map((token) => [token.content.length, classOf(token.color)] as const)),
    );
  };

  return {
    colour(lines) {
      // Serial, also after a failure: the tokens of a line depend on the lines above it.
      const next = last.then(
        () => colour(lines),
        () => colour(lines),
      );
      last = next;
      return next;
    },
    forget: (id) => void states.delete(id),
  };
}

/** @returns the grammar's own name, such as `shellscript` for `bash`. */
async function load(core: HighlighterCore, language: CodeLanguage): Promise<string> {
  const { default: grammar } = await codeGrammars[language]();
  await core.loadLanguage(grammar);
  const own = Array.isArray(grammar) ? grammar.at(-1)?.name : undefined;
  return own ?? language;
}

/** Merges adjacent tokens of the same class: fewer elements in the page. */
function joined(line: LineTokens): LineTokens {
  const out: (readonly [number, string])[] = [];
  for (const [length, className] of line) {
    const previous = out.at(-1);
    if (previous !== undefined && previous[1] === className)
      out[out.length - 1] = [previous[0] + length, className];
    else out.push([length, className]);
  }
  return out;
}

/** `token-string-expression` for `var(--shiki-token-string-expression)`; '' for plain text. */
function classOf(color: string | undefined): string {
  return /--shiki-(token-[a-z-]+)/i.exec(color ?? '')?.[1]?.toLowerCase() ?? '';
}
