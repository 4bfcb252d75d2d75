import {
  createCssVariablesTheme,
  createHighlighterCore,
  type GrammarState,
  type HighlighterCore,
} from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import { codeGrammars } from './code-grammars.ts';
import type { CodeLanguage } from './code-languages.ts';

/** Lines of one piece of code, in order: the worker keeps the grammar's state between them. */
export interface HighlightRequest {
  readonly id: number;
  readonly language: CodeLanguage;
  /** Which line comes first; 0 begins anew. */
  readonly from: number;
  readonly lines: readonly string[];
}

/** One line's tokens: for each its length in characters and its class, '' for plain text. */
export type LineTokens = readonly (readonly [length: number, className: string])[];

export interface HighlightAnswer {
  readonly id: number;
  readonly from: number;
  readonly lines: readonly LineTokens[];
}

export interface ForgetRequest {
  readonly forget: number;
}

/** Longer lines are left plain: some grammars take seconds for one. */
const longestLineChars = 2000;

const theme = createCssVariablesTheme({ name: 'console', fontStyle: false });
/** The name that each language's grammar has in the highlighter. */
const languages = new Map<CodeLanguage, Promise<string>>();
const states = new Map<number, GrammarState | undefined>();
let highlighter: Promise<HighlighterCore> | undefined;
let queue: Promise<void> = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<HighlightRequest | ForgetRequest>) => {
  if ('forget' in data) {
    states.delete(data.forget);
    return;
  }
  // One after the other: a line's colours depend on those before it.
  queue = queue.then(() => answer(data)).catch((error: unknown) => console.warn('Not coloured:', error));
});

async function answer({ id, language, from, lines }: HighlightRequest): Promise<void> {
  highlighter ??= createHighlighterCore({
    themes: [theme],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  const core = await highlighter;
  const loaded = languages.get(language) ?? load(core, language);
  languages.set(language, loaded);
  const lang = await loaded;
  const before = from === 0 ? undefined : states.get(id);
  const tokens = core.codeToTokensBase(lines.join('\n'), {
    lang,
    theme: 'console',
    tokenizeMaxLineLength: longestLineChars,
    ...(before !== undefined && { grammarState: before }),
  });
  states.set(id, core.getLastGrammarState(tokens));
  const answer: HighlightAnswer = {
    id,
    from,
    lines: tokens.map((line) =>
      joined(line.map((token) => [token.content.length, classOf(token.color)] as const)),
    ),
  };
  postMessage(answer);
}

/** @returns the grammar's own name: `bash` is `shellscript`. */
async function load(core: HighlighterCore, language: CodeLanguage): Promise<string> {
  const { default: grammar } = await codeGrammars[language]();
  const before = new Set(core.getLoadedLanguages());
  await core.loadLanguage(grammar);
  const own = Array.isArray(grammar) ? grammar.at(-1)?.name : undefined;
  return own ?? core.getLoadedLanguages().find((it) => !before.has(it)) ?? language;
}

/** Neighbours of one class are one token: fewer elements in the page. */
function joined(line: LineTokens): LineTokens {
  const out: (readonly [number, string])[] = [];
  for (const [length, className] of line) {
    const last = out.at(-1);
    if (last !== undefined && last[1] === className) out[out.length - 1] = [last[0] + length, className];
    else out.push([length, className]);
  }
  return out;
}

/** `var(--shiki-token-string-expression)` is the class `token-string-expression`; plain text has none. */
function classOf(color: string | undefined): string {
  return /--shiki-(token-[a-z-]+)/i.exec(color ?? '')?.[1]?.toLowerCase() ?? '';
}
