import { requestedLanguage } from './rehearsal-requested-language.ts';
import type { CodeLanguage } from './rehearsal-requested-language.ts';
import { requestedNames } from './rehearsal-requested-names.ts';
import type { RequestedName } from './rehearsal-requested-names.ts';

/** Requirements for the code, read from plain text, as far as the rehearsal supports them. Absent: not mentioned. */
export interface Requirements {
  readonly language?: CodeLanguage;
  /** The language that was requested last, if it is not supported. */
  readonly foreign?: string;
  readonly layout?: 'one file' | 'several files';
  /** The number of files that was requested, if it is a number other than one. */
  readonly fileCount?: number;
  readonly lines?: LineLimit;
  readonly length?: 'short' | 'long';
  readonly comments?: 'none' | 'more';
  readonly style?: 'classes' | 'functions';
  readonly tests?: 'wanted' | 'unwanted';
  readonly names: readonly RequestedName[];
}

export interface LineLimit {
  /** Of each file, or of all files together. */
  readonly of: 'each' | 'all';
  readonly atMost: number;
}

const noRequirements: Requirements = { names: [] };

/** The requirements in the texts, oldest first: a later one overrides an earlier one. */
export function readRequirements(texts: readonly string[]): Requirements {
  return texts.reduce(
    (requirements, text) => mergeRequirements(requirements, requirementsIn(text)),
    noRequirements,
  );
}

export function mergeRequirements(requirements: Requirements, later: Requirements): Requirements {
  const { foreign, ...rest } = requirements;
  const keepsForeign = foreign !== undefined && later.language === undefined;
  return {
    ...(keepsForeign ? { ...rest, foreign } : rest),
    ...later,
    names: [...requirements.names, ...later.names],
  };
}

/** Whether the text contains a requirement that the rehearsal can meet or has to decline. */
export function hasRequirements(text: string): boolean {
  const { names, ...others } = requirementsIn(text);
  return names.length > 0 || Object.keys(others).length > 0;
}

function requirementsIn(text: string): Requirements {
  const words = text.slice(0, 2000).replace(/[’‘]/g, "'").replace(/\s+/g, ' ');
  const layout = layoutIn(words);
  const fileCount = layout === 'several files' ? fileCountIn(words) : undefined;
  const lines = linesIn(words);
  const length = lengthIn(words);
  const comments = firstOf<NonNullable<Requirements['comments']>>(words, [
    [
      'none',
      /\b(?:no|without|remove|drop|omit|strip|delete|skip|avoid|leave out|fewer|less)\b[^.,;]{0,20}\bcomments?\b|\b(?:don't|do not|never) (?:\w+ ){0,3}comment|\bcomment-free\b|\buncommented\b/i,
    ],
    [
      'more',
      /\b(?:add|with|more|write|include|want|explain)\b[^.,;]{0,20}\bcomments?\b|\bcomment (?:the|your|every|each|it)\b/i,
    ],
  ]);
  const style = firstOf<NonNullable<Requirements['style']>>(words, [
    [
      'functions',
      /\b(?:no|without|avoid|not|don't|instead of|rather than|drop|remove)\b[^.,;]{0,16}\bclass(?:es)?\b|\b(?:use|as|plain|pure|only|just|with|into|prefer) (?:\w+ )?functions\b|\bfunctional style\b/i,
    ],
    [
      'classes',
      /\b(?:use|as|into|with|make|prefer|want|need|turn)\b[^.,;]{0,16}\bclass(?:es)?\b|\bobject[- ]oriented\b|\bOOP\b/i,
    ],
  ]);
  const tests = firstOf<NonNullable<Requirements['tests']>>(words, [
    [
      'unwanted',
      /\b(?:no|without|skip|omit|drop|leave out|don't (?:write|add|include|want|need)|do not (?:write|add|include))\b[^.,;]{0,12}\btests?\b/i,
    ],
    [
      'wanted',
      /\b(?:add|write|include|with|need|want|provide|more)\b[^.,;]{0,16}\btests?\b|\b(?:and|plus|including) (?:\w+ ){0,2}tests\b/i,
    ],
  ]);
  return {
    ...requestedLanguage(words),
    ...(layout === undefined ? {} : { layout }),
    ...(fileCount === undefined ? {} : { fileCount }),
    ...(lines === undefined ? {} : { lines }),
    ...(length === undefined ? {} : { length }),
    ...(comments === undefined ? {} : { comments }),
    ...(style === undefined ? {} : { style }),
    ...(tests === undefined ? {} : { tests }),
    names: requestedNames(words),
  };
}

function layoutIn(words: string): Requirements['layout'] {
  const several =
    /\b(?:several|multiple|separate|two|three|four|more|many|different|own|smaller) (?:\w+ )?(?:files|modules)\b|\bone file (?:per|for each|each)\b|\b(?:its|their) own files?\b|\bmore than (?:one|1|a single) file\b/i;
  const one =
    /\b(?:one|single|1|the same|same)[- ](?:\w+ )?(?:file|module|script)\b|\ball[- ]in[- ]one\b|\bself-contained file\b|\b(?:merge|combine|join|inline) (?:all |the |these |both |everything )*(?:files|modules)\b|\b(?:fewer|less|as few|no extra|no more|no additional|no other) (?:files|modules)\b|\b(?:everything|all of it|it all|all the code|the whole thing) (?:in|into) [\w./-]+\.(?:ts|js|py)\b/i;
  const not = /\b(?:no|not|don't|do not|never|without|avoid|stop|rather than|instead of)\b[^.,;]{0,24}$/i;
  const found = [
    { layout: 'several files', at: several.exec(words)?.index },
    { layout: 'one file', at: one.exec(words)?.index },
    { layout: 'several files', at: /\bsplit\b/i.exec(words)?.index },
  ] as const;
  for (const { layout, at } of found) {
    if (at === undefined) continue;
    const isRefused = not.test(words.slice(0, at));
    if (!isRefused) return layout;
    return layout === 'one file' ? 'several files' : 'one file';
  }
  return undefined;
}

function fileCountIn(words: string): number | undefined {
  const [, count] = /\b(two|three|four|five|[2-9]) (?:\w+ )?(?:files|modules)\b/i.exec(words) ?? [];
  if (count === undefined) return undefined;
  return { two: 2, three: 3, four: 4, five: 5 }[count.toLowerCase()] ?? Number(count);
}

const numbers: Readonly<Record<string, number>> = {
  ten: 10,
  twelve: 12,
  fifteen: 15,
  twenty: 20,
  'twenty-five': 25,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
  hundred: 100,
  'a hundred': 100,
  'one hundred': 100,
};

const countOfLines = new RegExp(
  `(\\d{1,4}|${Object.keys(numbers)
    .toSorted((one, other) => other.length - one.length)
    .join('|')})[- ](?:\\w+ )?(?:lines?|loc)\\b`,
  'i',
);

function linesIn(words: string): LineLimit | undefined {
  const found = countOfLines.exec(words);
  if (found?.[1] === undefined) return undefined;
  const before = words.slice(0, found.index);
  if (/\b(?:at least|minimum(?: of)?)\s*$/i.test(before) || /(?<!\b(?:no|not) )\bmore than\s*$/i.test(before))
    return undefined;
  const number = numbers[found[1].toLowerCase()] ?? Number(found[1]);
  const isStrict = /(?:\b(?:under|below|less than|fewer than|shorter than)|<)\s*$/i.test(before);
  const isWhole =
    /\b(?:in total|altogether|overall|all files|all together|everything|the whole|whole (?:thing|program))\b/i.test(
      words,
    );
  return { of: isWhole ? 'all' : 'each', atMost: Math.max(1, isStrict ? number - 1 : number) };
}

function lengthIn(words: string): Requirements['length'] {
  return firstOf<NonNullable<Requirements['length']>>(words, [
    [
      'long',
      /\b(?:longer|more (?:detail|detailed|verbose|thorough)|in (?:more|full) detail|not so short|less (?:terse|compact))\b/i,
    ],
    [
      'short',
      /\b(?:fewer|less) (?:\w+ )?(?:lines|code|words|text)\b|\b(?:shorter|shorten|concise|brief|briefer|compact|terse|simpler|simplify|condense|minimal|smaller|tighter|leaner)\b|\bless (?:verbose|wordy|detailed|detail)\b|\bhalf (?:as long|the (?:length|size|lines|code))\b|\bin half\b|\b(?:keep|make|be|write) (?:it |this |them |the code )?(?:\w+ )?(?:short|simple|small)\b|\b(?:cut|trim|strip) (?:it |this |the code )?(?:down|back)\b|\btoo (?:long|verbose|many lines)\b/i,
    ],
  ]);
}

function firstOf<Value>(words: string, patterns: readonly (readonly [Value, RegExp])[]): Value | undefined {
  return patterns.find(([, pattern]) => pattern.test(words))?.[0];
}
