import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../support/bare-socket.ts';
import { keyTraces } from '../support/key-traces.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import {
  announced,
  appliedMs,
  bearer,
  codeOf,
  inSeconds,
  list,
  params,
  signedIn,
} from '../support/keyed-peers.ts';
import { rawBytes } from '../support/raw-request.ts';
import { within } from '../support/until.ts';

let app: KeyedApp;
beforeAll(async () => {
  app = await startKeyedApp();
});
afterAll(() => app?.[Symbol.asyncDispose]());

/** What a rejected request gets. An event stream begins with status 200, and its only message is the rejection. */
async function refusalText(path: string, token?: string): Promise<string> {
  const answer = await app.fetch(path, token);
  expect(answer.status).toBeOneOf(path.includes('/runs.events') ? [200] : [401, 429]);
  const text = await within(answer.text(), 'the end of a rejection', appliedMs);
  expect(text).toMatch(/"code":"(?:UNAUTHENTICATED|RATE_LIMITED)"/);
  expect(text).not.toMatch(/"type":"(?:run|stage)\./);
  return text;
}

describe('attacks with keys', () => {
  let token: string;
  let runId: string;
  beforeAll(async () => {
    ({ token } = await app.key({ owner: 'victim' }));
    runId = await app.startRun(token);
  });

  const attacks: readonly (readonly [string, (key: string) => string | Promise<string>])[] = [
    ['a wrong secret', (key) => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')],
    ['a wrong id', (key) => key.replace(/^swk_./, key[4] === '0' ? 'swk_1' : 'swk_0')],
    ['the secret of another key', async (key) => key.slice(0, 21) + (await app.key()).token.slice(21)],
    ['only the id', (key) => key.slice(0, 20)],
    ['an empty secret', (key) => key.slice(0, 21)],
    ['a truncated key', (key) => key.slice(0, -1)],
    ['a key with more behind it', (key) => `${key}0`],
    ['a key twice', (key) => key + key],
    ['other letters', (key) => key.toUpperCase()],
    ['other letters in the secret', (key) => key.slice(0, 21) + key.slice(21).toUpperCase()],
    ['another prefix', (key) => key.replace('swk_', 'sk_')],
    ['the secret alone', (key) => key.slice(21)],
    ['the key in base64', (key) => Buffer.from(key).toString('base64')],
    ['a percent sign for a letter', (key) => key.replace('swk', '%73wk')],
    ['SQL instead of an id', () => `swk_' OR '1'='1_${'0'.repeat(64)}`],
    ['a null character', (key) => `${key.slice(0, -1)}\\u0000`],
    ['a key of the length zero', () => '""'],
    ['a huge token', () => 'a'.repeat(20_000)],
    ['a revoked key', revokedKey],
    ['an expired key', expiredKey],
    ['a key of another server', keyOfAnotherServer],
    ['a word', () => 'undefined'],
  ];
  test.each(attacks)('%s is rejected on every way in', async (_name, attack) => {
    const bad = await attack(token);
    const refused = /^(?:UNAUTHENTICATED|RATE_LIMITED)$/;
    await using byHeader = await connect(app.port, bearer(bad));
    expect(await codeOf(byHeader)).toMatch(refused);
    await using byParams = await connect(app.port, announced);
    byParams.send(params({ token: bad }));
    expect(await codeOf(byParams)).toMatch(refused);
    expect([4401, 4429]).toContain((await within(byParams.closed, 'its end', appliedMs)).code);
    const input = encodeURIComponent(JSON.stringify({ runId }));
    for (const path of [
      `/trpc/runs.get?input=${input}`,
      `/trpc/runs.events?input=${input}`,
      `/api/stream/events/${runId}`,
    ]) {
      expect(keyTraces([token, bad], await refusalText(path, bad))).toEqual([]);
    }
    expect([401, 429]).toContain((await app.fetch('/api/stream/task', bad, { task: 'x' })).status);
    expect([401, 429]).toContain((await app.fetch('/trpc/runs.delete', bad, { runId })).status);
    // However many attempts have failed: a valid key of the same address is accepted.
    expect((await app.fetch(list, token)).status).toBe(200);
  });

  async function revokedKey() {
    const { id, token: revoked } = await app.key({ owner: 'victim' });
    await app.revoke(id);
    return revoked;
  }
  async function expiredKey() {
    const { token: expired } = await app.key({ owner: 'victim', expiresAt: inSeconds(0.2) });
    // Until it has expired.
    await pause(250);
    return expired;
  }
  async function keyOfAnotherServer() {
    await using other = await startKeyedApp();
    return (await other.key({ owner: 'victim', permissions: ['admin'] })).token;
  }

  const lines: readonly (readonly [string, (key: string) => readonly string[]])[] = [
    ['two Authorization headers', (key) => [`Authorization: Bearer ${key}`, `Authorization: Bearer ${key}`]],
    ['a valid and an invalid one', (key) => [`Authorization: Bearer ${key}`, 'Authorization: Bearer swk_x']],
    ['another scheme', (key) => [`Authorization: Basic ${key}`]],
    ['no scheme', (key) => [`Authorization: ${key}`]],
    ['a comma-separated list', (key) => [`Authorization: Bearer ${key}, Bearer ${key}`]],
    ['quotes', (key) => [`Authorization: Bearer "${key}"`]],
    ['white space in the key', (key) => [`Authorization: Bearer ${key.slice(0, 30)} ${key.slice(30)}`]],
    ['a tab before the key', (key) => [`Authorization: Bearer\t${key}`]],
    ['a similar header', (key) => [`X-Authorization: Bearer ${key}`]],
    ['a cookie', (key) => [`Cookie: token=${key}; authorization=Bearer ${key}`]],
    ['the header of a proxy', (key) => ['X-Auth-Request-User: victim', `Proxy-Authorization: Bearer ${key}`]],
  ];
  test.each(lines)('%s do not authenticate', async (_name, headers) => {
    const answer = await rawBytes(
      app.port,
      [
        'GET /trpc/runs.list?input=%7B%7D HTTP/1.1',
        'Host: localhost',
        'Connection: close',
        ...headers(token),
        '',
        '',
      ].join('\r\n'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 (?:401|429) /);
    expect(keyTraces([token], answer)).toEqual([]);
  });

  test.each([
    ['a line break in the header', (key: string) => `Authorization: Bearer ${key}\nX-Admin: 1`],
    ['a folded header', (key: string) => `Authorization: Bearer\r\n ${key}`],
    ['a bare carriage return', (key: string) => `Authorization: Bearer ${key}\rX: 1`],
  ])('%s is no request', async (_name, header) => {
    const answer = await rawBytes(
      app.port,
      `GET /trpc/runs.list?input=%7B%7D HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${header(token)}\r\n\r\n`,
    );
    expect(answer).not.toMatch(/^HTTP\/1\.1 200/);
    expect(keyTraces([token], answer)).toEqual([]);
  });

  const urls: readonly (readonly [string, (key: string) => string])[] = [
    [
      'connection parameters',
      (key) => `connectionParams=${encodeURIComponent(JSON.stringify({ token: key }))}`,
    ],
    ['?token=', (key) => `token=${key}`],
    ['?access_token=', (key) => `access_token=${key}`],
    ['an encoded ?token=', (key) => `token=%73%77%6B%5F${key.slice(4)}`],
  ];
  test.each(urls)('a key in the URL, as %s, is rejected even if it is valid', async (_name, query) => {
    const paths = [
      `${list}&${query(token)}`,
      `/trpc/runs.events?input=${encodeURIComponent(JSON.stringify({ runId }))}&${query(token)}`,
      `/api/stream/events/${runId}?${query(token)}`,
    ];
    for (const path of paths) {
      await refusalText(path);
      // Together with the header as well: it is in the logs of proxies now.
      await refusalText(path, token);
    }
    await using bot = await connect(app.port, { query: `?${query(token)}`, ...bearer(token) });
    expect(await codeOf(bot)).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
  });

  // The connection parameters of any request with a header Upgrade were taken for those of a WebSocket.
  test.each(['Upgrade: h2c', 'Upgrade: websocket', 'Upgrade: h2c\r\nConnection: upgrade'])(
    'a key in the URL of a plain request with %j is rejected, also if it is escaped',
    async (header) => {
      const escaped = encodeURIComponent(`{"token":"\\u0073wk${token.slice(3)}"}`);
      const answer = await rawBytes(
        app.port,
        `GET ${list}&connectionParams=${escaped} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${header}\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 (?:401|429) /);
    },
  );

  test('credentials in two places of one handshake are rejected, equal or not', async () => {
    for (const second of [token, (await app.key()).token]) {
      await using bot = await connect(app.port, { ...announced, ...bearer(token) });
      bot.send(params({ token: second }));
      expect(await codeOf(bot)).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
    }
  });

  test('further connection parameters on an open connection change nothing', async () => {
    const admin = await app.key({ permissions: ['admin'] });
    await using bot = await signedIn(app, token);
    bot.send(params({ token: admin.token }));
    expect((await bot.call('query', 'keys.list')).error?.data.stagewire.code).toBe('FORBIDDEN');
  });

  test('an unknown id and a wrong secret get the same answer', async () => {
    await using own = await startKeyedApp();
    const { token: known } = await own.key();
    const wrong = known.slice(0, -1) + (known.endsWith('0') ? '1' : '0');
    const unknown = `swk_${'0'.repeat(16)}_${'0'.repeat(64)}`;
    const answers = await Promise.all(
      [wrong, unknown, 'swk_', 'x'].map(async (bad) => (await own.fetch(list, bad)).text()),
    );
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('UNAUTHENTICATED');
  });

  test('the time of an answer does not tell whether the id exists', async () => {
    await using own = await startKeyedApp();
    const { token: known } = await own.key();
    const wrong = known.slice(0, -1) + (known.endsWith('0') ? '1' : '0');
    const unknown = known.replace(/^swk_.{4}/, 'swk_ffff');
    const times: Record<string, number[]> = { [wrong]: [], [unknown]: [] };
    for (let round = 0; round < 300; round += 1) {
      for (const bad of round % 2 === 0 ? [wrong, unknown] : [unknown, wrong]) {
        const begun = performance.now();
        await (await own.fetch(list, bad)).arrayBuffer();
        times[bad]?.push(performance.now() - begun);
      }
    }
    const [one = 0, other = 0] = Object.values(times).map(median);
    expect(Math.abs(one - other) / Math.max(one, other), 'timing: difference').toBeLessThan(0.25);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
