/** What a search looks at, of a run as lists show it. */
interface Searchable {
  readonly runId: string;
  readonly task: string;
  readonly labels: Readonly<Record<string, string>>;
}

// oxlint-disable-next-line no-control-regex -- all of ASCII is meant
const isAscii = /^[\u0000-\u007F]*$/;
const ignorable = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * The text in a form in which texts that differ only in case, or in the Unicode form of their characters, are equal: full
 * case folding after compatibility decomposition, without invisible characters. Accents stay, except the dot above an i,
 * which is a matter of case in Turkish. Idempotent; linear time.
 */
export function foldText(text: string): string {
  if (isAscii.test(text)) return text.toLowerCase();
  const once = foldOnce(text);
  // A few characters decompose only after they have changed their case.
  return foldOnce(once);
}

function foldOnce(text: string): string {
  return (
    text
      .normalize('NFKD')
      .replace(ignorable, '')
      // Both ways: ß becomes SS only upwards, and ı becomes i only after I.
      .toUpperCase()
      .toLowerCase()
      .replaceAll('ς', 'σ')
      .normalize('NFKD')
      .replaceAll('i\u0307', 'i')
      .normalize('NFKC')
  );
}

/** The words of a search, folded, each once; empty if it has only white space and invisible characters. */
export function searchWords(search: string): readonly string[] {
  const words = foldText(search).split(/\s+/);
  return [...new Set(words)].filter((word) => word !== '');
}

/** Everything of a run in which a word may be anywhere, folded: its task and the values of its labels, one per line. */
export function searchedText({ task, labels }: Pick<Searchable, 'task' | 'labels'>): string {
  return [task, ...Object.values(labels)].map(foldText).join('\n');
}

/** Whether a run has every word, in its text or as the beginning of its id. @param words From `searchWords`. */
export function hasWords(
  { searched, runId }: { readonly searched: string; readonly runId: string },
  words: readonly string[],
): boolean {
  return words.every((word) => searched.includes(word) || runId.toLowerCase().startsWith(word));
}

/** Whether a run of a list fits a search. @param words From `searchWords`. */
export function matchesSearch(run: Searchable, words: readonly string[]): boolean {
  return words.length === 0 || hasWords({ searched: searchedText(run), runId: run.runId }, words);
}
