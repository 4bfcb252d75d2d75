import type { PendingSignIn } from '../../identity/jwt/code-flow.ts';

/** What a browser keeps while its user signs in at the provider. */
export interface OidcCookie extends PendingSignIn {
  /** Where to go afterwards. */
  readonly returnTo: string;
}

/** How long a user may take to sign in at the provider, in seconds. */
const maxAgeSeconds = 600;

/** Cookies are shared by all ports of a host; `__Host-` keeps other hosts of the domain from setting this one. */
function nameOf(base: URL): string {
  if (base.protocol === 'https:') return '__Host-stagewire-sign-in';
  return `stagewire-sign-in-${base.port === '' ? '80' : base.port}`;
}

/** @param base The URL of the server as the browser sees it. */
export function setOidcCookie(base: URL, { state, nonce, verifier, returnTo }: OidcCookie): string {
  const path = Buffer.from(returnTo).toString('base64url');
  return headerOf(base, { value: `${state}.${nonce}.${verifier}.${path}`, maxAgeSeconds });
}

export function clearOidcCookie(base: URL): string {
  return headerOf(base, { value: '', maxAgeSeconds: 0 });
}

/** `undefined` if there is none, or several: another host of the domain may have set one of them. */
export function readOidcCookie(base: URL, header: string | undefined): OidcCookie | undefined {
  const name = nameOf(base);
  const values = (header ?? '').split(';').flatMap((part) => {
    const [key = '', value = ''] = part.trim().split('=', 2);
    return key === name ? [value] : [];
  });
  const [state, nonce, verifier, path, ...more] = values.length === 1 ? (values[0] ?? '').split('.') : [];
  const parts = [state, nonce, verifier].map((part) =>
    /^[\w-]{43,128}$/.test(part ?? '') ? part : undefined,
  );
  if (parts.includes(undefined) || path === undefined || more.length > 0) return undefined;
  const [first = '', second = '', third = ''] = parts;
  const returnTo = Buffer.from(path, 'base64url').toString();
  return { state: first, nonce: second, verifier: third, returnTo };
}

function headerOf(
  base: URL,
  { value, maxAgeSeconds: maxAge }: { readonly value: string; readonly maxAgeSeconds: number },
): string {
  // Lax, since the browser comes back by a link of the provider.
  const attributes = `Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax`;
  return `${nameOf(base)}=${value}; ${attributes}${base.protocol === 'https:' ? '; Secure' : ''}`;
}
