import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Waits for the browser that comes back from an identity provider (RFC 8252, section 7.3). */
export interface LoopbackCallback extends AsyncDisposable {
  /** Where the provider has to send the browser: an address of this machine, at a random port. */
  readonly redirectUri: string;
  /** The address with which the browser has come back. Requests with another state change nothing. */
  readonly received: Promise<URL>;
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Stagewire</title>
<p>Return to the terminal, which shows whether you are signed in. You can close this page.
</html>
`;

export async function listenForCallback(state: string): Promise<LoopbackCallback> {
  const { promise, resolve } = Promise.withResolvers<URL>();
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '', redirectUri);
    const isOurs =
      request.method === 'GET' && url?.pathname === '/callback' && url.searchParams.get('state') === state;
    response.writeHead(isOurs ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      connection: 'close',
    });
    response.end(isOurs ? page : 'Not found.', () => {
      if (isOurs && url !== null) resolve(url);
    });
  });
  server.maxConnections = 20;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  return {
    redirectUri,
    received: promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
