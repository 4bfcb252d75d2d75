import type { SignInProblem } from '../../identity/jwt/sign-in-failed.ts';

/** Why the user is not signed in: a problem of the flow, or of the request. */
export type OidcPageProblem = SignInProblem | 'expired' | 'limited' | 'address';

const texts = {
  denied: 'The identity provider did not sign you in, or you have cancelled.',
  invalid: 'The answer of the identity provider is not valid, or was used before.',
  identity: 'You are signed in at the identity provider, but its token does not admit you to this server.',
  unavailable: 'The identity provider cannot be reached at the moment. Try again in a moment.',
  busy: 'Too many people are signing in at the moment. Try again in a moment.',
  expired:
    'This sign-in has expired, was begun in another browser, or a later one has replaced it. Begin again.',
  limited: 'Too many attempts to sign in from your address. Try again in a minute.',
  address:
    'The server does not know its own address. Its operator must set STAGEWIRE_PUBLIC_URL to the URL that you use.',
} as const satisfies Record<OidcPageProblem, string>;

const statuses = {
  denied: 403,
  invalid: 400,
  identity: 403,
  unavailable: 503,
  busy: 503,
  expired: 400,
  limited: 429,
  address: 500,
} as const satisfies Record<OidcPageProblem, number>;

/** A page of the server's own words only: nothing that a request or the provider has sent is in it. */
export interface OidcPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * @param problem Why the user is not signed in.
 * @param options `basePath`: the path of the server's public URL, without a slash at its end. `detail`: a sentence of the
 * catalogue of errors.
 */
export function oidcPage(
  problem: OidcPageProblem,
  { basePath, detail = '' }: { readonly basePath: string; readonly detail?: string | undefined },
): OidcPage {
  const base = escaped(basePath);
  return {
    status: statuses[problem],
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Not signed in – Stagewire</title>
<h1>Not signed in</h1>
<p>${texts[problem]}
${detail === '' ? '' : `<p>${escaped(detail)}\n`}<p><a href="${base}/session/oidc">Sign in again</a>, or go to <a href="${base}/">the console</a>.
</html>
`,
  };
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
