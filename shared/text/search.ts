/** What a search looks at, of a run as lists show it. */
interface Searchable {
  readonly runId: string;
  readonly task: string;
  readonly labels: Readonly<Record<string, string>>;
}

const ignorable = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * The text in a form in which texts that differ only in case, or in the Unicode form of their characters, are equal: full
 * case folding after compatibility decomposition, without invisible characters. Accents stay, except the dot above an i,
 * which is a matter of case in Turkish. Idempotent; linear time.
 */
export function foldText(text: string): string {
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

/** The words of a search, folded; empty if it has only white space and invisible characters. */
export function searchWords(search: string): readonly string[] {
  return foldText(search)
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Everything of a run in which a word may be anywhere, folded: its task and the values of its labels, one per line. */
export function searchedText({ task, labels }: Pick<Searchable, 'task' | 'labels'>): string {
  return [task, ...Object.values(labels)].map(foldText).join('\n');
}

/** Whether the run has every word, in its text or as the beginning of its id. @param words From `searchWords`. */
export function matchesSearch(run: Searchable, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = searchedText(run);
  const id = foldText(run.runId);
  return words.every((word) => text.includes(word) || id.startsWith(word));
}
