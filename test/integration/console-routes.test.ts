import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { beforeAll, expect, test } from 'vitest';
import { buildConsole } from '../../console/build.ts';
import { createConsoleRoutes } from '../../server/transport/http/console-routes.ts';
import { startServerProcess } from '../support/server-process.ts';

beforeAll(() => buildConsole(), 60_000);

test('another user than the one who has built it can read it', async () => {
  const { mode } = await stat(fileURLToPath(new URL('../../console/dist', import.meta.url)));
  expect((mode & 0o777).toString(8)).toBe('755');
});

test('the server shows one page at / and at every run, and lets it load nothing from elsewhere', async () => {
  await using server = await startServerProcess();
  const [start, run, account] = await Promise.all([
    fetch(`${server.url}/`),
    fetch(`${server.url}/runs/run_any-id-there-is`),
    fetch(`${server.url}/account`),
  ]);
  expect([start.status, run.status, account.status]).toEqual([200, 200, 200]);
  const page = await start.text();
  expect(await account.text()).toBe(page);
  expect(await run.text()).toBe(page.replaceAll('="./', '="../'));
  const policy = start.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("img-src 'self' data:");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(start.headers.get('cache-control')).toBe('no-cache');
  expect(page).not.toMatch(/<style|<script>|style=| on[a-z]+=/);
});

test('what the page names is there, may be kept for ever, and is not sent twice', async () => {
  await using server = await startServerProcess();
  const page = await (await fetch(server.url)).text();
  const paths = Array.from(page.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g), ([, path]) => path ?? '');
  expect(paths.length).toBeGreaterThanOrEqual(2);
  for (const path of paths) {
    const file = await fetch(server.url + path);
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')).toMatch(/^text\/(?:javascript|css); charset=utf-8$/);
    expect(file.headers.get('cache-control')).toContain('immutable');
    const etag = file.headers.get('etag') ?? '';
    expect((await fetch(server.url + path, { headers: { 'if-none-match': etag } })).status).toBe(304);
  }
});

test.each([
  ['br', brotliDecompressSync],
  ['gzip', gunzipSync],
] as const)(
  'files are sent as %s to those who accept it, under an etag of their own',
  async (encoding, decode) => {
    await using server = await startServerProcess();
    const page = await (await fetch(server.url)).text();
    const paths = Array.from(page.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g), ([, path]) => path ?? '');
    expect(paths.length).toBeGreaterThanOrEqual(2);
    let compressed = 0;
    for (const path of paths) {
      const plain = await rawGet(server.url + path, {});
      // Smaller ones are not worth it.
      if (plain.body.byteLength < 1024) continue;
      compressed += 1;
      const packed = await rawGet(server.url + path, { 'accept-encoding': encoding });
      expect([plain.headers['content-encoding'], packed.headers['content-encoding']]).toEqual([
        undefined,
        encoding,
      ]);
      for (const { status, headers } of [plain, packed]) {
        expect([status, headers.vary]).toEqual([200, 'accept-encoding']);
        expect(headers['content-type']).toMatch(/^text\/(?:javascript|css); charset=utf-8$/);
      }
      expect(decode(packed.body).equals(plain.body)).toBe(true);
      expect(packed.body.byteLength).toBeLessThan(plain.body.byteLength);
      expect(Number(packed.headers['content-length'])).toBe(packed.body.byteLength);
      const { etag = '' } = packed.headers;
      expect(etag).not.toBe(plain.headers.etag);
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
        const asked = { 'accept-encoding': encoding, 'if-none-match': known };
        const again = await rawGet(server.url + path, asked);
        expect([again.status, again.body.byteLength, again.headers.etag, again.headers.vary]).toEqual([
          304,
          0,
          etag,
          'accept-encoding',
        ]);
      }
      // Cached as one encoding, asked for without it: the bytes differ, so they are sent.
      expect((await rawGet(server.url + path, { 'if-none-match': etag })).status).toBe(200);
      expect((await rawGet(`${server.url}${path}.${encoding === 'br' ? 'br' : 'gz'}`, {})).status).toBe(404);
    }
    expect(compressed).toBeGreaterThanOrEqual(2);
  },
);

test.each([
  '/assets/none.js',
  '/assets/../build.ts',
  '/assets/%2e%2e/sources.txt',
  '/sources.txt',
  '/runs/a/b',
])('%s is nothing', async (path) => {
  await using app = await openApp();
  expect((await app.get(path)).statusCode).toBe(404);
});

test('a browser that goes to nowhere gets the page with 404, and everybody else the JSON of the API', async () => {
  await using server = await startServerProcess();
  const page = await (await fetch(server.url)).text();
  for (const path of ['/nope', '/runs/no-run-id', '/runs/a/b', '/assets/none.js']) {
    const shown = await fetch(server.url + path, { headers: { accept: 'text/html,*/*;q=0.8' } });
    const up = '../'.repeat(path.split('/').length - 2) || './';
    expect([shown.status, await shown.text()]).toEqual([404, page.replaceAll('="./', `="${up}`)]);
    expect(shown.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(shown.headers.get('cache-control')).toBe('no-store');
    const told = await fetch(server.url + path);
    expect([told.status, await told.json()]).toEqual([404, await (await fetch(`${server.url}/x`)).json()]);
  }
  const posted = await fetch(`${server.url}/nope`, { method: 'POST', headers: { accept: 'text/html' } });
  expect([posted.status, posted.headers.get('content-type')]).toEqual([404, expect.stringMatching(/json/)]);
  const procedure = await fetch(`${server.url}/trpc/nope`, { headers: { accept: 'text/html' } });
  expect(procedure.headers.get('content-type')).toMatch(/json/);
});

test('without a built console the server works, and its page says what to do', async () => {
  await using app = await openApp(join(tmpdir(), 'there-is-no-such-folder'));
  const answer = await app.get('/');
  expect(answer.statusCode).toBe(503);
  expect(answer.body).toContain('npm run build:console');
  expect((await app.get('/nope', 'text/html')).headers['content-type']).toMatch(/json/);
});

test('a console that a test has built is made for use, and names no folder of this machine', async () => {
  await using server = await startServerProcess();
  const page = await (await fetch(server.url)).text();
  const [, script = '/none'] = /src="\.(\/assets\/[^"]+\.js)"/.exec(page) ?? [];
  const code = await (await fetch(server.url + script)).text();
  expect(code.includes('Minified React error')).toBe(true);
  expect(code.includes(join(import.meta.dirname, '../..'))).toBe(false);
});

test('a console that is built from these sources is not built again', async () => {
  expect(await buildConsole()).toBe('current');
});

async function openApp(folder?: string) {
  const own = await mkdtemp(join(tmpdir(), 'console-routes-'));
  await writeFile(join(own, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(own, 'sources.txt'), 'not for others');
  const app = Fastify();
  createConsoleRoutes({ folder: folder ?? own })(app);
  return {
    get: (path: string, accept = '*/*') => app.inject({ method: 'GET', url: path, headers: { accept } }),
    async [Symbol.asyncDispose]() {
      await app.close();
      await rm(own, { recursive: true });
    },
  };
}

/** `fetch` would ask for compression and undo it. */
async function rawGet(url: string, headers: Readonly<Record<string, string>>) {
  const asked = request(url, { headers }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const parts = (await response.toArray()) as Buffer[];
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) };
}
