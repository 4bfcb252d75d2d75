import { firstChars } from '@stagewire/shared/text/first-chars';
/** What a rehearsal derives from the words of a task, without understanding them. */
export interface Subject {
  /** The task in a few words, for headings. One line. */
  readonly title: string;
  /** The task on one line, shortened, for quoting. */
  readonly quote: string;
  /** Lower-case ASCII words with dashes, for file names. */
  readonly slug: string;
  /** The same in PascalCase, for identifiers. */
  readonly pascal: string;
  /** The same with underscores. */
  readonly snake: string;
  /** Two to five significant words of the task, lower-case ASCII letters and digits, each starting with a letter. */
  readonly parts: readonly [string, string, ...string[]];
}

/** Derives names from the task. */
export function readSubject(task: string): Subject {
  const firstLine = task.trim().split(/\n|(?<=[.!?])\s/u, 1)[0] ?? '';
  const words = weightyWords((firstLine.length > 0 ? firstLine : task).replace(testsToo, ''));
  const named = words.slice(0, 3);
  const names = named.length > 0 ? named : ['task', 'board'];
  const further = weightyWords(task.replace(testsToo, '')).filter(
    (word) => !/^(?:input|item|entry|rule)s?$/.test(word),
  );
  const [one = 'input', two = 'output', ...more] = [...new Set([...further, 'input', 'output'])].slice(0, 5);
  return {
    title: titleOf(firstLine, names),
    quote: quoted(task, 220),
    slug: names.join('-'),
    pascal: names.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(''),
    snake: names.join('_'),
    parts: [one, two, ...more],
  };
}

/** Quotes text on one line, at most `most` chars, so that it cannot open or close a fence or a comment. */
export function quoted(text: string, most: number): string {
  const line = text.toWellFormed().replace(/`+/g, "'").replace(/\*\//g, '* /').replace(/"""/g, "'''");
  const flat = line.replace(/\s+/gu, ' ').trim();
  if (flat.length <= most) return flat;
  return `${firstChars(flat, most - 1)}…`;
}

/** Quoted words at the end of a sentence: followed by a full stop, unless they end with one. */
export function inQuotes(words: string): string {
  return /[.!?…]$/.test(words) ? `“${words}”` : `“${words}”.`;
}

/** The name of the rule in the generated code that represents an instruction. */
export function ruleName(instruction: string, index: number): string {
  const words = weightyWords(instruction).slice(0, 3);
  return [`instruction ${index + 1}`, ...words].join(' ');
}

function titleOf(line: string, names: readonly string[]): string {
  const bare = quoted(line, 72)
    .replace(/[.!?:]+$/u, '')
    .replace(openingWords, '');
  // It is also used in strings and docstrings of the code.
  const title = (bare.trim() === '' ? names.join(' ') : bare.trim()).replace(/"/g, "'").replace(/\\/g, '/');
  return title.charAt(0).toUpperCase() + title.slice(1);
}

function weightyWords(text: string): string[] {
  // Diacritics are removed (é → e), so that words of most Latin-script languages can name a file.
  const ascii = text.slice(0, 4000).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = ascii.match(/[a-z][a-z0-9]{1,19}/g) ?? [];
  return [...new Set(words)].filter((word) => word.length > 2 && !lightWords.has(word));
}

/** A wish for tests says nothing about what the program is. */
const testsToo =
  /[,;]?\s+(?:with|and|plus|including)\s+(?:(?:a|few|full|good|some|the|unit|its|own)\s+){0,3}tests?\b(?! \w)/gi;

const openingWords =
  /^(?:(?:please|can you|could you|i want|i need|write|build|create|make|implement|design|develop|add|me|us|to|a|an|the|simple|small)\s+)+/i;

const lightWords: ReadonlySet<string> = new Set(
  (
    'a an the and or but for with without from into onto over under that this these those there their its his her our your ' +
    'you are was were will would should could can may must not all any some each every please want need write build create ' +
    'make implement design develop add use using used have has had one two three new simple small good nice very just also ' +
    'than then when where which who what how why about after before between python typescript javascript code program ' +
    // A Python module with such a name could not be imported.
    'class import def global while except lambda yield async await raise pass break continue return else elif del try none true false'
  ).split(' '),
);
