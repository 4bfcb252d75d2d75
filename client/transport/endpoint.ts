import { StagewireClientError } from './client-error.ts';

/** Where the server's two doors are. */
export interface Endpoint {
  readonly httpUrl: string;
  readonly socketUrl: string;
  /** `Basic …`, made of the user and the password in the URL. The two addresses above do not contain them. */
  readonly authorization?: string;
  /** The address of the socket with user and password in it, for browsers: there a page cannot set headers. */
  readonly socketUrlWithUser?: string;
}

const example = 'http://127.0.0.1:4600';

/**
 * Reads a URL as people give it: `http:` or `ws:`, with or without the path `/trpc`, and perhaps with a user and a
 * password for a proxy in front of the server.
 *
 * @throws StagewireClientError INVALID_URL. The message never repeats a password or a query.
 */
export function endpointOf(url: string): Endpoint {
  // Without types it is often what an environment lacks, or an object of the class URL.
  if (typeof url !== 'string') return endpointOf(textOf(url));
  const parsed = parse(url);
  if (parsed === undefined) {
    throw invalid(`"${shownUrl(url)}" is not an absolute URL. Write it as ${example}.`);
  }
  const secure = parsed.protocol === 'https:' || parsed.protocol === 'wss:';
  if (!secure && parsed.protocol !== 'http:' && parsed.protocol !== 'ws:') {
    throw invalid(
      `The URL of a Stagewire server begins with http:// or https://, not with ${parsed.protocol} Write it as ${example}.`,
    );
  }
  if (parsed.search !== '' || parsed.hash !== '') {
    throw invalid(
      'The URL of a Stagewire server has no query and no fragment. A token is given to connect() as "token".',
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

/** A URL as it may be printed: without user, password, query and fragment. Any text may be given. */
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
    `The URL of a Stagewire server is a string, not ${String(url).slice(0, 40)}. Write it as ${example}.`,
  );
}

function parse(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    // It is no URL; who asked says so.
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
