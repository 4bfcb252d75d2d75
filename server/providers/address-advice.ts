/**
 * Advice on a base URL that is probably wrong: the response did not come from the API.
 *
 * @param url The requested URL, without its query.
 */
export function addressAdvice(url: string, baseUrl: string): string {
  const base = URL.parse(baseUrl)?.pathname.replace(/\/+$/, '') ?? '';
  const asked = URL.parse(url)?.pathname ?? '';
  const anthropic = asked.endsWith('/v1/messages');
  const endpoint = /\/(?:chat\/completions|responses|messages|completions|models)$/.exec(base)?.[0];
  if (endpoint !== undefined) return `Remove ${endpoint} from the base URL: it is added to every request.`;
  if (/\/v1\/v1(?:\/|$)/.test(asked)) {
    return anthropic
      ? 'Remove /v1 from the base URL: this API adds it automatically.'
      : '/v1 is in the base URL twice.';
  }
  if (anthropic) return 'Check the base URL: for this API it must not contain /v1.';
  if (!/\/v\d+(?:beta|alpha)?(?:\/|$)/.test(base)) return 'The base URL usually ends with /v1.';
  return 'Check the base URL.';
}

/** A URL that is safe to show: without its query, which may contain a key, and without credentials. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url.replace(/[?#].*$/s, '');
  return `${parsed.origin}${parsed.pathname}`;
}
