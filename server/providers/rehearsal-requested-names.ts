/** A requested name: for the whole program (`thing`), or for one kind of thing in it. */
export interface RequestedName {
  readonly of: 'class' | 'function' | 'file' | 'thing';
  readonly name: string;
}

const kind =
  '(?:the |this |that |your |its |a |main )*(class|function|factory|constructor|file|module|script|type|store|program|project|package|thing|it|this)';
const name = '[`\'"“]?([A-Za-z_$](?:[\\w$./-]*[\\w$])?)[`\'"”]?';
const patterns: readonly RegExp[] = [
  new RegExp(
    `\\b(?:call|name|rename|title) ${kind}(?: in \\S+)?(?: (?:to|as|into|simply|just|it))* ${name}`,
    'gi',
  ),
  new RegExp(
    `\\b${kind} (?:should be|must be|is to be|shall be|has to be|be|is) (?:called|named) ${name}`,
    'gi',
  ),
  new RegExp(`\\b${kind} (?:called|named) ${name}`, 'gi'),
  new RegExp(
    `\\b(?:use|take|choose|pick) (?:the name )?${name} (?:as the name of|as the name for|for the name of|for|as) ${kind}(?: name)?\\b`,
    'gi',
  ),
];
/** "Rename RateLimiter to Limiter": the old name may be of any kind. */
const renamed = new RegExp(`\\brename ${name} (?:to|as|into) ${name}`, 'gi');
/** "Put it in src/limiter.ts". */
const placed =
  /\b(?:put|keep|save|write|store|move|place|have)\b[^.;]{0,40}? (?:in|into|to|as|at|under) [`'"“]?((?:[\w-]+\/)*[\w-]+\.(?:ts|js|mjs|py))\b/gi;

/** Words that follow "call it" without being a name. */
const noNames: ReadonlySet<string> = new Set(
  'a i an the it that this to as by from when with once after before and or so something anything differently better again class function file default new return import export in is for of const let var if else def pass none true false null async await'.split(
    ' ',
  ),
);

/** The names that the text requests, in their order. */
export function requestedNames(words: string): readonly RequestedName[] {
  const found: { readonly at: number; readonly of: RequestedName['of']; readonly name: string }[] = [];
  for (const [index, pattern] of patterns.entries()) {
    for (const match of words.matchAll(pattern)) {
      const [first = '', second = ''] = match.slice(1);
      const [what, given] = index === 3 ? [second, first] : [first, second];
      found.push({ at: match.index, of: kindOf(what), name: given });
    }
  }
  for (const match of words.matchAll(renamed))
    found.push({ at: match.index, of: 'thing', name: match[2] ?? '' });
  for (const match of words.matchAll(placed))
    found.push({ at: match.index, of: 'file', name: match[1] ?? '' });
  return found
    .toSorted((one, other) => one.at - other.at)
    .flatMap(({ of, name: given }): readonly RequestedName[] => {
      const isPath = /\.(?:ts|js|mjs|py)$/.test(given) || given.includes('/');
      const kindOfName = isPath ? 'file' : of;
      return isUsable(kindOfName, given) ? [{ of: kindOfName, name: given }] : [];
    });
}

function kindOf(what: string): RequestedName['of'] {
  switch (what.toLowerCase()) {
    case 'class':
    case 'type':
      return 'class';
    case 'function':
    case 'factory':
    case 'constructor':
      return 'function';
    case 'file':
    case 'module':
    case 'script':
      return 'file';
    default:
      return 'thing';
  }
}

function isUsable(of: RequestedName['of'], given: string): boolean {
  if (given.length > 60 || noNames.has(given.toLowerCase())) return false;
  if (of === 'file') return /^(?:[\w-]+\/)*[\w-]+(?:\.(?:ts|js|mjs|py))?$/.test(given);
  return /^(?:[A-Z]|[A-Za-z_][\w-]{1,39})$/.test(given);
}
