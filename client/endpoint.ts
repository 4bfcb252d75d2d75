/** Where the server's two doors are. */
export interface Endpoint {
  readonly httpUrl: string;
  readonly socketUrl: string;
}

/** Reads a url as people give it: `http:` or `ws:`, with or without the path `/trpc`. @throws TypeError */
export function endpointOf(url: string): Endpoint {
  const parsed = new URL(url);
  const secure = parsed.protocol === 'https:' || parsed.protocol === 'wss:';
  if (!secure && parsed.protocol !== 'http:' && parsed.protocol !== 'ws:') {
    throw new TypeError(
      `The url of a Stagewire server begins with http:// or https://, not with ${parsed.protocol}`,
    );
  }
  const base = parsed.pathname.replace(/\/+$/, '');
  const path = base.endsWith('/trpc') ? base : `${base}/trpc`;
  return {
    httpUrl: `${secure ? 'https' : 'http'}://${parsed.host}${path}`,
    socketUrl: `${secure ? 'wss' : 'ws'}://${parsed.host}${path}`,
  };
}
