/** The languages in which the rehearsal can write code. */
export type CodeLanguage = 'ts' | 'js' | 'py';

const known: readonly (readonly [CodeLanguage, RegExp])[] = [
  ['ts', /\btypescript\b|\b(?:in|to|into|use|using|as) ts\b/gi],
  ['js', /\bjavascript\b|\bnode\.?js\b|\b(?:in|to|into|use|using|as|plain|vanilla) js\b/gi],
  ['py', /\bpython ?3?\b|\b(?:in|to|into|use|using|as) py\b/gi],
];

/** Words that are always languages, and words that are languages only after a preposition such as "in". */
const foreignWords =
  /\b(?:golang|kotlin|haskell|elixir|scala|clojure|erlang|fortran|cobol|objective-c|ruby|php|perl|c#|c\+\+|csharp|cpp|f#)(?![\w+#])/gi;
const foreignInPlace =
  /\b(?:in|to|into|use|using|as|with) (go|rust|java|swift|dart|lua|zig|c|r|bash|shell|julia|nim|ocaml|sql|german|french|spanish|italian|portuguese|dutch|polish|russian|chinese|japanese|korean|turkish|arabic)(?=[.,;!?]|$| (?:please|instead|now|again|only|code|with|and|so|for)\b)/gi;

/** A mention of something unwanted: "not in Python", "instead of TypeScript", "from Python to …". */
const refused =
  /\b(?:no|not|never|don't|instead of|rather than|away from|from|avoid|without|replace|than)(?: (?:use|using|write|in|it|to|any|the|code|written|plain))* ?(?:in |to |use |using |as )?$/i;

/** The language that the text requests last: a supported one, or an unsupported one. */
export function requestedLanguage(words: string): {
  readonly language?: CodeLanguage;
  readonly foreign?: string;
} {
  const mentions = [
    ...known.flatMap(([language, pattern]) =>
      [...words.matchAll(pattern)].map(({ index, 0: text }) => ({ index, text, language })),
    ),
    ...[...words.matchAll(foreignWords)].map(({ index, 0: text }) => ({ index, text, language: undefined })),
    ...[...words.matchAll(foreignInPlace)].map(({ index, 0: text, 1: name = text }) => ({
      index,
      text: name,
      language: undefined,
    })),
  ].filter(
    ({ index, text }) => !/^[a-z]$/.test(text) && !refused.test(words.slice(Math.max(0, index - 60), index)),
  );
  const last = mentions.toSorted((one, other) => one.index - other.index).at(-1);
  if (last === undefined) return withoutRefused(words);
  if (last.language !== undefined) return { language: last.language };
  return { foreign: last.text.charAt(0).toUpperCase() + last.text.slice(1) };
}

/** "No TypeScript": the nearest other language. */
function withoutRefused(words: string): { readonly language?: CodeLanguage } {
  const [, unwanted] =
    /\b(?:no|not|without|avoid|don't use|do not use) (?:any |in )?(typescript|javascript|python)\b/i.exec(
      words,
    ) ?? [];
  if (unwanted === undefined) return {};
  return { language: unwanted.toLowerCase() === 'typescript' ? 'js' : 'ts' };
}
