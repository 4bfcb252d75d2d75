/**
 * The path below which the console is served, without a slash at its end: a proxy may have given it one (`/stagewire`).
 * The page names its scripts relative to itself, so where they came from says it.
 */
export function basePath(): string {
  const script = import.meta.url;
  const base = new URL('..', script);
  return base.origin === location.origin ? base.pathname.replace(/\/$/, '') : '';
}
