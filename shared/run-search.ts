import type { RunSummary } from './state.ts';
import { firstChars } from './text/first-chars.ts';

/** What a search reads of a run. */
export type SearchedRun = Pick<RunSummary, 'runId' | 'task' | 'labels'>;

/** Characters of the task that are searched. */
const searchedChars = 200;

/**
 * Whether a run fits a search: it has every word, in the first characters of its task or in the value of a label, or its
 * id begins with it. The server and the clients that keep a searched list up to date share it.
 */
export function createRunSearch(search: string): (run: SearchedRun) => boolean {
  const words = search
    .split(/\s+/u)
    .filter((word) => word !== '')
    .map((word) => ({ word, folded: foldCase(word) }));
  return ({ runId, task, labels }) => {
    const texts = [firstChars(task, searchedChars), ...Object.values(labels)].map(foldCase);
    return words.every(
      ({ word, folded }) => runId.startsWith(word) || texts.some((text) => text.includes(folded)),
    );
  };
}

/** The same text for every case and Unicode form of its letters; the dot of an i is ignored. */
function foldCase(text: string): string {
  return text
    .normalize('NFD')
    .toUpperCase()
    .toLowerCase()
    .replaceAll('i\u0307', 'i')
    .replaceAll('ς', 'σ')
    .normalize('NFC');
}
