/**
 * What is likely wrong with a base URL, when what answered is not the API.
 *
 * @param url What was asked, without a query.
 */
export function addressAdvice(url: string, baseUrl: string): string {
  const base = URL.parse(baseUrl)?.pathname.replace(/\/+$/, '') ?? '';
  const asked = URL.parse(url)?.pathname ?? '';
  const anthropic = asked.endsWith('/v1/messages');
  const endpoint = /\/(?:chat\/completions|responses|messages|completions|models)$/.exec(base)?.[0];
  if (endpoint !== undefined) return `Leave ${endpoint} out of the base URL: it is added to every request.`;
  if (/\/v1\/v1(?:\/|$)/.test(asked)) {
    return anthropic
      ? 'Leave /v1 out of the base URL: this API adds it by itself.'
      : '/v1 is in the base URL twice.';
  }
  if (anthropic) return 'Check the base URL: this API wants it without /v1.';
  if (!/\/v\d+(?:beta|alpha)?(?:\/|$)/.test(base)) return 'The base URL usually ends with /v1.';
  return 'Check the base URL.';
}

/** An address that may be shown: without a query, which may hold a key, and without a user. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url.replace(/[?#].*$/s, '');
  return `${parsed.origin}${parsed.pathname}`;
}
