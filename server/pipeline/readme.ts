/** The README of the whole project among `paths`; `undefined` if there is none. */
export function findReadme(paths: readonly string[]): string | undefined {
  return paths.find((path) => /^readme(?:\.[^/]*)?$/i.test(path));
}
