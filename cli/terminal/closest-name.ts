/** The name that was probably meant: the one that begins like the text, or needs the fewest changes; `undefined` if none is close. */
export function closestName(text: string, names: readonly string[]): string | undefined {
  const given = text.toLowerCase();
  const beginning = names.filter((name) => given.length >= 3 && name.startsWith(given));
  if (beginning.length === 1) return beginning[0];
  const [closest] = names
    .map((name) => ({ name, changes: changesBetween(given, name) }))
    .filter(({ name, changes }) => changes <= Math.max(1, Math.floor(name.length / 3)))
    .toSorted((one, other) => one.changes - other.changes);
  return closest?.name;
}

/** The number of letters to insert, remove or replace (Levenshtein distance). Names longer than 40 letters are not compared. */
function changesBetween(one: string, other: string): number {
  if (one.length > 40 || other.length > 40) return Infinity;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const replaced = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? Infinity;
}
