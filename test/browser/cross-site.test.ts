import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium, launchChromium, type Chromium } from '../support/chromium.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';

const inChromium = await describeInChromium();

let app: KeyedApp;
let chromium: Chromium;
let evil: Awaited<ReturnType<typeof startEvilSite>>;
let runId: string;
let victimToken: string;

/** A site of an attacker, on another port of the same host. It can set cookies for the host. */
async function startEvilSite() {
  let cookie: string | undefined;
  const server = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'text/html',
      ...(cookie !== undefined && { 'set-cookie': cookie }),
    });
    response.end('<!doctype html><title>evil</title><body></body>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    /** Of the same site as the server, since sites have no ports; or of another one. */
    urls: [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`] as const,
    setCookie: (text: string | undefined) => void (cookie = text),
    close: () => server.close(),
  };
}

/** A browser in which the victim has signed in by a page of the server. */
async function signedInPage(): Promise<Page> {
  const page = await chromium.newPage();
  await page.goto(app.url);
  expect(await signIn(page, victimToken)).toBe(200);
  return page;
}

function signIn(page: Page, token: string): Promise<number> {
  return page.evaluate(async (body) => {
    const headers = { 'content-type': 'application/json', 'x-stagewire-csrf': '1' };
    return (await fetch('/session', { method: 'POST', headers, body })).status;
  }, JSON.stringify({ token }));
}

async function runCount(): Promise<number> {
  const answer = await app.fetch('/trpc/runs.list?input=%7B%7D', victimToken);
  return ((await answer.json()) as { result: { data: { items: unknown[] } } }).result.data.items.length;
}

/** What a page gets by a WebSocket: the first frame that answers a query. */
function overWebSocket(page: Page, ticket: string | undefined): Promise<string> {
  return page.evaluate(
    ({ url, params }) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${url.replace('http', 'ws')}/trpc?connectionParams=1`);
        socket.addEventListener('open', () => {
          socket.send(JSON.stringify({ method: 'connectionParams', data: params }));
          socket.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'runs.list', input: {} } }));
        });
        socket.addEventListener('message', ({ data }) => resolve(String(data)));
        socket.addEventListener('close', ({ code }) => resolve(`closed with ${code}`));
      }),
    { url: app.url, params: ticket === undefined ? {} : { ticket } },
  );
}

function requestTicket(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const headers = { 'x-stagewire-csrf': '1' };
    const answer = await fetch('/session/ticket', { method: 'POST', headers });
    return ((await answer.json()) as { ticket: string }).ticket;
  });
}

inChromium('a browser with a session', { timeout: 40_000 }, () => {
  beforeAll(async () => {
    [app, chromium, evil] = await Promise.all([startKeyedApp(), launchChromium(), startEvilSite()]);
    ({ token: victimToken } = await app.key({ owner: 'victim' }));
    runId = await app.startRun(victimToken);
  }, 60_000);
  afterAll(async () => {
    evil?.close();
    await chromium?.[Symbol.asyncDispose]();
    await app?.[Symbol.asyncDispose]();
  });

  test('uses it on pages of the server, where scripts cannot read it, until it signs out', async () => {
    const page = await signedInPage();
    expect(await page.evaluate(() => document.cookie)).toBe('');
    expect(await overWebSocket(page, await requestTicket(page))).toContain(runId);
    expect(await page.context().cookies()).toEqual([
      expect.objectContaining({
        name: `stagewire-session-${app.port}`,
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
      }),
    ]);
    await page.evaluate(() => fetch('/session', { method: 'DELETE', headers: { 'x-stagewire-csrf': '1' } }));
    expect(await page.context().cookies()).toEqual([]);
  });

  test('lends it to no page of another origin, of the same site or not', async () => {
    const own = await signedInPage();
    const [before] = await own.context().cookies();
    const count = await runCount();
    const { token: attackerToken } = await app.key({ owner: 'attacker' });
    for (const url of evil.urls) {
      const page = await own.context().newPage();
      await page.goto(url);
      expect(await page.evaluate(() => document.cookie)).toBe('');
      const results = await page.evaluate(
        async ({ target, stream, token }) => {
          const attempt = async (path: string, init: RequestInit) => {
            try {
              const answer = await fetch(target + path, { credentials: 'include', ...init });
              return answer.type === 'opaque' ? 'opaque' : `${answer.status} ${await answer.text()}`;
            } catch (error) {
              return String(error);
            }
          };
          const task = JSON.stringify({ task: 'Started by an attacker' });
          const csrf = { 'x-stagewire-csrf': '1' };
          const json = { 'content-type': 'application/json' };
          const post = { method: 'POST', body: task };
          const source = new EventSource(`${target}/api/stream/events/${stream}`, { withCredentials: true });
          const streamed = await new Promise<string>((resolve) => {
            source.addEventListener('message', ({ data }) => resolve(String(data)));
            source.addEventListener('connected', () => resolve('connected'));
            source.addEventListener('error', () => resolve('error'));
          });
          source.close();
          return {
            simple: await attempt('/api/stream/task', { ...post, mode: 'no-cors' }),
            text: await attempt('/api/stream/task', { ...post, headers: { 'content-type': 'text/plain' } }),
            withHeader: await attempt('/trpc/runs.start', { ...post, headers: { ...csrf, ...json } }),
            withoutHeader: await attempt('/trpc/runs.start', { ...post, headers: json }),
            read: await attempt('/trpc/runs.list?input=%7B%7D', {}),
            readWithHeader: await attempt('/trpc/runs.list?input=%7B%7D', { headers: csrf }),
            ticket: await attempt('/session/ticket', { method: 'POST', headers: csrf }),
            ticketWithoutHeader: await attempt('/session/ticket', { method: 'POST' }),
            signOut: await attempt('/session', { method: 'DELETE', headers: csrf }),
            signInAsOther: await attempt('/session', {
              method: 'POST',
              mode: 'no-cors',
              body: JSON.stringify({ token }),
            }),
            streamed,
          };
        },
        { target: app.url, stream: runId, token: attackerToken },
      );
      expect(results).toEqual({
        simple: 'opaque',
        text: 'TypeError: Failed to fetch',
        withHeader: 'TypeError: Failed to fetch',
        withoutHeader: 'TypeError: Failed to fetch',
        read: 'TypeError: Failed to fetch',
        readWithHeader: 'TypeError: Failed to fetch',
        ticket: 'TypeError: Failed to fetch',
        ticketWithoutHeader: 'TypeError: Failed to fetch',
        signOut: 'TypeError: Failed to fetch',
        signInAsOther: 'opaque',
        streamed: 'error',
      });
      // The browser may send the cookie with it. Even a ticket that has leaked does not help.
      expect(await overWebSocket(page, undefined)).toMatch(/UNAUTHENTICATED/);
      expect(await overWebSocket(page, await requestTicket(own))).toMatch(/FORBIDDEN|UNAUTHENTICATED/);
      // A form of the page, which the browser submits as a navigation, with the cookie.
      await page.evaluate((action) => {
        const form = Object.assign(document.createElement('form'), { action, method: 'POST' });
        form.enctype = 'text/plain';
        const input = Object.assign(document.createElement('input'), { name: '{"task":"a', value: '"}' });
        form.append(input);
        document.body.append(form);
        form.submit();
      }, `${app.url}/api/stream/task`);
      await page.waitForURL(/stream\/task/);
      expect(await page.content()).toMatch(/FORBIDDEN|UNAUTHENTICATED/);
      await page.close();
    }
    expect(await runCount()).toBe(count);
    const [after] = await own.context().cookies();
    expect(after?.value).toBe(before?.value);
    expect(await overWebSocket(own, await requestTicket(own))).toContain(runId);
  });

  test('is not switched to the session of an attacker by a cookie that another port adds', async () => {
    const { token } = await app.key({ owner: 'attacker' });
    const attacker = await chromium.newPage();
    await attacker.goto(app.url);
    await signIn(attacker, token);
    const [cookie] = await attacker.context().cookies();
    const own = await signedInPage();
    const page = await own.context().newPage();
    evil.setCookie(`${cookie?.name}=${cookie?.value}; Path=/trpc`);
    await page.goto(evil.urls[0]);
    evil.setCookie(undefined);
    const listed = await own.evaluate(async () => {
      const headers = { 'x-stagewire-csrf': '1' };
      return (await fetch('/trpc/runs.list?input=%7B%7D', { headers })).text();
    });
    expect(listed).toContain('UNAUTHENTICATED');
    expect(listed).not.toContain('"items"');
  });
});
