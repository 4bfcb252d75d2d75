/**
 * Compares versions of this program by their numbers. A pre-release comes before its release; versions of another form
 * are equal to every other one.
 *
 * @returns a negative number if `one` is older than `other`, a positive one if it is newer, 0 otherwise.
 */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [partsOf(one), partsOf(other)];
  if (left === undefined || right === undefined) return 0;
  for (const [index, part] of left.entries()) {
    const difference = part - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Major, minor, patch, and 1 for a release or 0 for a pre-release. */
function partsOf(version: string): readonly number[] | undefined {
  const found = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(-[\w.-]+)?(?:\+[\w.-]+)?$/.exec(version);
  if (found === null) return undefined;
  const [, major, minor, patch, preRelease] = found;
  return [Number(major), Number(minor), Number(patch), preRelease === undefined ? 1 : 0];
}
