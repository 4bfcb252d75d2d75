import {
  createCssVariablesTheme,
  createHighlighterCore,
  type GrammarState,
  type HighlighterCore,
} from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import { codeGrammars } from './code-grammars.ts';
import type { CodeLanguage } from './code-languages.ts';

/** One line's tokens: for each its length in characters and its class, '' for plain text. */
export type LineTokens = readonly (readonly [length: number, className: string])[];

export interface LinesToColour {
  /** The piece of code that the lines belong to. */
  readonly id: number;
  readonly language: CodeLanguage;
  /** Which line comes first; 0 begins anew. */
  readonly from: number;
  readonly lines: readonly string[];
}

/** Colours pieces of code line by line, each where it was left. */
export interface LineColours {
  /** The tokens of the lines; those given before it are coloured first. */
  colour(lines: LinesToColour): Promise<readonly LineTokens[]>;
  /** Lets go of a piece that will not go on. */
  forget(id: number): void;
}

/** Longer lines are left plain: some grammars take seconds for one. */
const longestLineChars = 2000;

export function createLineColours(): LineColours {
  const theme = createCssVariablesTheme({ name: 'console', fontStyle: false });
  /** The name that each language's grammar has in the highlighter. */
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
      tokenizeMaxLineLength: longestLineChars,
      ...(before !== undefined && { grammarState: before }),
    });
    states.set(id, core.getLastGrammarState(tokens));
    return tokens.map((line) =>
      joined(line.map((token) => [token.content.length, classOf(token.color)] as const)),
    );
  };

  return {
    colour(lines) {
      // One after the other, whatever became of the one before: a line's colours depend on those above it.
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

/** @returns the grammar's own name: `bash` is `shellscript`. */
async function load(core: HighlighterCore, language: CodeLanguage): Promise<string> {
  const { default: grammar } = await codeGrammars[language]();
  await core.loadLanguage(grammar);
  const own = Array.isArray(grammar) ? grammar.at(-1)?.name : undefined;
  return own ?? language;
}

/** Neighbours of one class are one token: fewer elements in the page. */
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

/** `var(--shiki-token-string-expression)` is the class `token-string-expression`; plain text has none. */
function classOf(color: string | undefined): string {
  return /--shiki-(token-[a-z-]+)/i.exec(color ?? '')?.[1]?.toLowerCase() ?? '';
}
