import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeIn, createBrowserPeer, rejected } from '../support/browser-peer.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { appliedMs, codeOf, list } from '../support/keyed-peers.ts';
import { within } from '../support/until.ts';

const ada = { 'x-auth-request-user': 'ada' };

let app: KeyedApp;
let token: string;
beforeAll(async () => {
  app = await startKeyedApp({
    env: { STAGEWIRE_AUTH: 'keys,proxy', STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1' },
  });
  ({ token } = await app.key({ owner: 'team' }));
});
afterAll(() => app?.[Symbol.asyncDispose]());

/** A run of the team, and a link to it. */
async function share() {
  const runId = await app.startRun(token);
  const answer = await app.fetch('/trpc/runs.share', token, { runId, commandId: randomUUID(), may: 'read' });
  const { shareId, url } = ((await answer.json()) as { result: { data: { shareId: string; url: string } } })
    .result.data;
  const get = `/trpc/runs.get?input=${encodeURIComponent(JSON.stringify({ runId }))}`;
  return { runId, shareId, get, link: url.split('#share=')[1] ?? '' };
}

describe('a session of a link', () => {
  test('reads its run only, and ends with the link', async () => {
    const { runId, shareId, get, link } = await share();
    const peer = createBrowserPeer(app.port);
    const signedIn = await peer.signIn(link);
    expect(JSON.parse(signedIn.body)).toMatchObject({
      owner: 'team',
      permissions: [],
      link: { runId, shareId, may: 'read' },
      session: true,
    });
    expect((await peer.request(get)).status).toBe(200);
    expect(codeIn(await peer.request((await share()).get))).toBe('RUN_NOT_FOUND');
    expect(codeIn(await peer.request(list))).toBe('FORBIDDEN');
    await using socket = await peer.socket();
    await socket.until(socket.subscribe('runs.events', { runId }), 'run.started');
    await app.fetch('/trpc/runs.unshare', token, { runId, commandId: randomUUID(), shareId });
    expect((await within(socket.closed, 'its end', appliedMs)).code).toBe(4401);
    expect(codeIn(await peer.request(get))).toMatch(rejected);
  });

  test('takes precedence over the user of a proxy, until the user signs out', async () => {
    const { get, link } = await share();
    const peer = createBrowserPeer(app.port);
    expect(codeIn(await peer.request(get, { headers: ada }))).toBe('RUN_NOT_FOUND');
    expect((await peer.signIn(link, ada)).status).toBe(200);
    expect((await peer.request(get, { headers: ada })).status).toBe(200);
    expect(codeIn(await peer.request(list, { headers: ada }))).toBe('FORBIDDEN');
    await using socket = await peer.socket({ headers: ada });
    expect(await socket.call('query', 'server.info')).toMatchObject({
      result: { data: { you: { owner: 'team', session: true } } },
    });
    // A ticket of the user is none for the link.
    const ticket = await peer.ticket({ ...ada, cookie: '' });
    await using other = await peer.socket({ ticket, headers: ada });
    expect(await codeOf(other)).toMatch(rejected);
    await peer.request('/session', { method: 'DELETE', headers: ada });
    expect((await peer.request(list, { headers: ada })).status).toBe(200);
  });
});
