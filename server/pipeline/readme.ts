/** Words with dots between, so that such a path can stand in a prompt outside a fence. */
const pattern = /^readme(?:\.[\w-]{1,20}){0,3}$/i;

/** Is this the path of a README of the whole project? */
export function isReadme(path: string): boolean {
  return pattern.test(path);
}

/** The README of the whole project among `paths`; `undefined` if there is none. */
export function findReadme(paths: readonly string[]): string | undefined {
  return paths.find(isReadme);
}
