import { StagewireClientError } from './client-error.ts';

/** The URLs of a server's two endpoints. */
export interface Endpoint {
  readonly httpUrl: string;
  readonly socketUrl: string;
  /** `Basic …`, from the user and the password in the URL. The two URLs above do not contain them. */
  readonly authorization?: string;
  /** The URL of the socket including user and password, for browsers: a page cannot set headers there. */
  readonly socketUrlWithUser?: string;
}

const example = 'http://127.0.0.1:4600';

/**
 * Parses the URL given to `connect()`: `http:` or `ws:`, with or without the path `/trpc`, optionally with a user and a
 * password for a proxy in front of the server.
 *
 * @throws StagewireClientError INVALID_URL. The message never repeats a password or a query.
 */
export function endpointOf(url: string): Endpoint {
  // Without type checks, it is often an unset environment variable, or an object of the class URL.
  if (typeof url !== 'string') return endpointOf(textOf(url));
  const parsed = parse(url);
  if (parsed === undefined) {
    throw invalid(`"${shownUrl(url)}" is not an absolute URL. Expected e.g. ${example}.`);
  }
  const secure = parsed.protocol === 'https:' || parsed.protocol === 'wss:';
  if (!secure && parsed.protocol !== 'http:' && parsed.protocol !== 'ws:') {
    throw invalid(
      `The URL of a Stagewire server starts with http:// or https://, not with "${parsed.protocol}". Expected e.g. ${example}.`,
    );
  }
  if (parsed.search !== '' || parsed.hash !== '') {
    throw invalid(
      'The URL of a Stagewire server must have no query and no fragment. Pass a token to connect() as "token".',
    );
  }
  const base = parsed.pathname.replace(/\/+$/, '');
  const path = base.endsWith('/trpc') ? base : `${base}/trpc`;
  const authorization = authorizationOf(parsed);
  return {
    httpUrl: `${secure ? 'https' : 'http'}://${parsed.host}${path}`,
    socketUrl: `${secure ? 'wss' : 'ws'}://${parsed.host}${path}`,
    ...(authorization !== undefined && {
      authorization,
      socketUrlWithUser: `${secure ? 'wss' : 'ws'}://${parsed.username}:${parsed.password}@${parsed.host}${path}`,
    }),
  };
}

/** A URL that is safe to print: without user, password, query and fragment. Accepts any text. */
export function shownUrl(url: string): string {
  const cut = url.replace(/[?#].*$/s, '').slice(0, 200);
  const parsed = parse(cut);
  if (parsed === undefined || !/^(?:https?|wss?):$/.test(parsed.protocol)) {
    return cut.replace(/^.*@/s, '');
  }
  const path = parsed.pathname === '/' && !cut.endsWith('/') ? '' : parsed.pathname;
  return `${parsed.protocol}//${parsed.host}${path}`;
}

function textOf(url: unknown): string {
  if (url instanceof URL) return url.href;
  throw invalid(
    `The URL of a Stagewire server must be a string, not ${String(url).slice(0, 40)}. Expected e.g. ${example}.`,
  );
}

function parse(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    // Not a URL; the caller reports it.
    return undefined;
  }
}

function authorizationOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  try {
    const bytes = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
    return `Basic ${btoa(String.fromCharCode(...bytes))}`;
  } catch {
    throw invalid('The user or the password in the URL is not percent-encoded correctly.');
  }
}

function invalid(message: string): StagewireClientError {
  return new StagewireClientError('INVALID_URL', message);
}

/** How the credentials of a proxy are sent when the socket opens. */
export function socketAddress(endpoint: Endpoint): {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
} {
  const { socketUrl, socketUrlWithUser, authorization } = endpoint;
  if (authorization === undefined) return { url: socketUrl, headers: undefined };
  const isBrowser = 'document' in globalThis || 'WorkerGlobalScope' in globalThis;
  return isBrowser && socketUrlWithUser !== undefined
    ? { url: socketUrlWithUser, headers: undefined }
    : { url: socketUrl, headers: { authorization } };
}
