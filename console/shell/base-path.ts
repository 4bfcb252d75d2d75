/**
 * The path prefix of the console without a trailing slash: a proxy may serve it at `/stagewire`. The page loads its
 * scripts by relative URLs, so the script's own URL contains the prefix.
 */
export function basePath(): string {
  const script = import.meta.url;
  const base = new URL('..', script);
  return base.origin === location.origin ? base.pathname.replace(/\/$/, '') : '';
}
