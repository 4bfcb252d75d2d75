/** Chars of a path; it is kept in a cookie. */
const maxChars = 2000;

/**
 * The path, query and fragment to which a browser may be sent on this server; `/` for everything else. Browsers read
 * `//host` and `/\host` as another host, and ignore tabs and line breaks in URLs.
 */
export function localPath(text: string | undefined): string {
  if (text === undefined || text.length > maxChars) return '/';
  return /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text) ? text : '/';
}
