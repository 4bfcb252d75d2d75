/** A name without the decoration around it. */
export interface CleanName {
  readonly name: string;
  /** The name had line numbers: `src/a.ts:1-20`, `src/a.ts#L3`. */
  readonly hasLines: boolean;
}

const pairs: Readonly<Record<string, string>> = {
  '(': ')',
  '[': ']',
  '<': '>',
  '{': '}',
  '"': '"',
  "'": "'",
  '`': '`',
  '“': '”',
  '‘': '’',
  '«': '»',
  '*': '*',
  _: '_',
};

const lineNumbers = /(?::|#)(?:L|lines?[ =-]?)?\d+(?:(?:[-–:,.]|\.\.)L?\d+)*$/i;

/** Removes brackets, quotes, a trailing colon, a leading `file:` and line numbers from a name, in any order. */
export function cleanName(raw: string): CleanName {
  let name = raw.trim();
  let hasLines = false;
  // Each pass removes one decoration; the limit is above what occurs.
  for (let turn = 0; turn < 8; turn += 1) {
    const before = name;
    name = withoutPair(name)
      .replace(/[:,;]+$/, '')
      .replace(/^(?:@?file ?name|@?file ?path|@?file|@?path|src)\s*[:=]\s*(?!\/\/)/i, '')
      .trim();
    const numbered = lineNumbers.exec(name);
    if (numbered !== null && numbered.index > 0) {
      name = name.slice(0, numbered.index);
      hasLines = true;
    }
    if (name === before) break;
  }
  return { name, hasLines };
}

/** Brackets are removed only as a pair around the whole name: `[id].tsx` and `(auth)/page.tsx` are names. */
function withoutPair(name: string): string {
  const open = name.charAt(0);
  const close = pairs[open];
  if (close === undefined || name.length < 3 || !name.endsWith(close)) return name;
  const inner = name.slice(1, -1);
  if (open === close) return inner.includes(open) && !'*_'.includes(open) ? name : inner;
  let depth = 0;
  for (const char of inner) {
    if (char === open) depth += 1;
    else if (char === close) depth -= 1;
    if (depth < 0) return name;
  }
  return inner;
}
