/** Words separated by dots, so that such a path is safe outside a fence in a prompt. */
const pattern = /^readme(?:\.[\w-]{1,20}){0,3}$/i;

/** Whether this is the path of the README of the whole project. */
export function isReadme(path: string): boolean {
  return pattern.test(path);
}

/** The README of the whole project among `paths`; `undefined` if there is none. */
export function findReadme(paths: readonly string[]): string | undefined {
  return paths.find(isReadme);
}
