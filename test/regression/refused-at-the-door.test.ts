import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startApiServer } from '../support/api-server.ts';
import { startPathProxy } from '../support/path-proxy.ts';
import { rawBytes, rawRequest, upgradeRequest } from '../support/raw-request.ts';

const backoff = { minDelayMs: 1, firstDelayMs: 20, maxDelayMs: 50 };
const page = 'https://app.example';

/** `fetch` and a socket as a page of another origin has them, without what the browser adds for it. */
function asPage(origin: string): { fetch: typeof fetch; WebSocket: typeof WebSocket } {
  return {
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('origin', origin);
      return fetch(input, { ...init, headers });
    },
    WebSocket: class extends WebSocket {
      constructor(url: string | URL) {
        super(url, { headers: { origin } } as unknown as string[]);
      }
    },
  };
}

// Calls were told why they are refused; whoever followed waited for ever, and the server logged nothing.
test('a page whose origin is refused is told so where it follows, and the log says it once', async () => {
  await using server = await startApiServer();
  await using client = connect({ url: `http://127.0.0.1:${server.port}`, backoff, ...asPage(page) });
  const following = client.run('run_any-0000001').events().next();
  await expect(following).rejects.toMatchObject({ name: 'StagewireError', code: 'FORBIDDEN' });
  await expect(following).rejects.toThrow('STAGEWIRE_ORIGINS');
  expect(client.connection).toMatchObject({ status: 'refused', error: { code: 'FORBIDDEN' } });
  await expect(client.feed().next()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(server.logged.filter((it) => it.startsWith('rejected a request'))).toHaveLength(1);
});

test('so is who comes by a name that the server does not know', async () => {
  await using server = await startApiServer();
  await using proxy = await startPathProxy({ targetPort: server.port, upgrades: false });
  const renamed: typeof fetch = (input, init) => rename(input, init, server.port);
  await using client = connect({ url: proxy.url, backoff, fetch: renamed });
  await expect(client.run('run_any-0000001').events().next()).rejects.toThrow('STAGEWIRE_HOSTS');
});

/** Asks by another name, which `fetch` itself would not let through. */
async function rename(
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
  port: number,
): Promise<Response> {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input);
  const { status, headers, body } = await rawRequest(port, {
    method: init?.method ?? 'GET',
    path: pathname + search,
    headers: { host: `desk.example:${port}` },
  });
  return new Response(body, { status, headers: { 'content-type': headers['content-type'] ?? '' } });
}

test('the log names each that is refused once, by request and by socket, and not without a bound', async () => {
  const warned: Readonly<Record<string, unknown>>[] = [];
  const ignore = () => undefined;
  await using server = await startApiServer({
    logger: { info: ignore, error: ignore, warn: (fields) => void warned.push(fields) },
  });
  for (let n = 0; n < 50; n += 1) {
    await rawRequest(server.port, {
      path: '/trpc/server.info',
      headers: { origin: `${page}:${1000 + (n % 40)}` },
    });
  }
  expect(warned).toHaveLength(32);
  expect(warned[0]).toMatchObject({
    origin: `${page}:1000`,
    reason: expect.stringContaining('STAGEWIRE_ORIGINS'),
  });
  await using other = await startApiServer({
    logger: { info: ignore, error: ignore, warn: (fields) => void warned.push(fields) },
  });
  warned.length = 0;
  const long = `https://${'a'.repeat(5000)}.example`;
  await rawBytes(other.port, upgradeRequest(other.port, '/trpc', { origin: long }));
  expect(String(warned[0]?.['origin'])).toHaveLength(200);
});

// A tracer in the page (OpenTelemetry, Sentry) adds headers; the browser asked, and was told that they may not come.
test('a page that is admitted may send the headers that it asks for', async () => {
  await using server = await startApiServer();
  const preflight = (asked: string) =>
    rawRequest(server.port, {
      method: 'OPTIONS',
      path: '/trpc/runs.cancel',
      headers: {
        origin: 'http://localhost:5173',
        'access-control-request-method': 'POST',
        'access-control-request-headers': asked,
      },
    });
  const { status, headers } = await preflight(
    'baggage,content-type,sentry-trace,traceparent,tracestate,X-Trpc-Source',
  );
  expect(status).toBe(204);
  expect(headers['access-control-allow-headers']?.split(', ')).toEqual([
    'content-type',
    'last-event-id',
    'trpc-accept',
    'authorization',
    'baggage',
    'sentry-trace',
    'traceparent',
    'tracestate',
    'x-trpc-source',
  ]);
  const odd = await preflight('a b, x(y), , "q", \u00fc');
  expect(odd.headers['access-control-allow-headers']).toBe(
    'content-type, last-event-id, trpc-accept, authorization',
  );
});

// All ports of localhost share their cookies: with 17 KB of them everything was answered with 431.
test('the cookies of all that runs on localhost do not keep a page out', async () => {
  await using server = await startApiServer();
  const cookie = Array.from({ length: 60 }, (_, n) => `session_${n}=${'x'.repeat(900)}`).join('; ');
  expect(cookie.length).toBeGreaterThan(50_000);
  const answer = await rawRequest(server.port, { path: '/trpc/server.info', headers: { cookie } });
  expect(answer.status).toBe(200);
  const opened = await rawBytes(
    server.port,
    upgradeRequest(server.port, '/trpc', { cookie, connection: 'close, Upgrade' }),
    Buffer.from([0x88, 0x80, 0, 0, 0, 0]),
  );
  expect(opened).toContain('HTTP/1.1 101');
});
