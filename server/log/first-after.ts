/** An entry of an ordered list. */
interface Positioned {
  readonly globalPosition: number;
}

/** The index of the first entry after a global position, in ascending entries; their length if there is none. */
export function firstAfter(entries: readonly Positioned[], globalPosition: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.globalPosition ?? 0) <= globalPosition) low = middle + 1;
    else high = middle;
  }
  return low;
}
