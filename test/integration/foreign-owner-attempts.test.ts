import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunPage } from '@stagewire/shared';
import { canary, startAttemptScene, type AttemptScene } from '../support/attempt-scene.ts';
import { connect } from '../support/bare-socket.ts';
import { announced } from '../support/keyed-peers.ts';
import { rawBytes } from '../support/raw-request.ts';

let scene: AttemptScene;
let before: unknown;
beforeAll(async () => {
  scene = await startAttemptScene();
  before = await scene.stateOfLive();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

const csrf = { 'x-stagewire-csrf': '1' };
const listPath = '/trpc/runs.list?input=%7B%7D';
const encoded = (text: string) => encodeURIComponent(text);

function expectNothingOfAda(text: string): void {
  for (const secret of [scene.live, scene.ended, scene.deleted, canary]) expect(text).not.toContain(secret);
}

/** All frames of a feed from its first event, up to an own start. */
async function readFeed(input: object, token = scene.mallory): Promise<string> {
  await using bot = await scene.socket(token);
  const id = bot.subscribe('runs.feed', { include: { text: true }, ...input }, 'feed-0');
  const received = [JSON.stringify(await bot.next(id))];
  const runId = scene.newId();
  await scene.call('runs.start', { runId, task: 'the end of the feed', labels: { end: 'yes' } }, token);
  while (!(received.at(-1) ?? '').includes(runId)) received.push(JSON.stringify(await bot.next(id)));
  return received.join('');
}

const oddOwners = [
  'ada',
  'ADA',
  'ada ',
  ' ada',
  'ada\u200b',
  'аda',
  'ａｄａ',
  'local',
  'share:ada',
  '__proto__',
  'constructor',
  '*',
  '%',
  "ada' --",
];

describe('nothing of another owner is in', () => {
  test.each<readonly [string, () => Promise<string>]>([
    ['a list', () => scene.call('runs.list', { limit: 200 })],
    ['a feed from the first event', () => readFeed({})],
    ['a feed of a label', () => readFeed({ labels: { end: 'yes' } })],
    ['a search for the text', () => scene.call('runs.list', { search: canary })],
    ['a search that begins all ids', () => scene.call('runs.list', { search: 'run_' })],
    ['a search with a wildcard', () => scene.call('runs.list', { search: '%' })],
    ['a search for an owner', () => scene.call('runs.list', { search: 'ada' })],
    ['a list of a label', () => scene.call('runs.list', { labels: { [canary.slice(0, -1)]: 'x' } })],
    ['a label that is SQL', () => scene.call('runs.list', { labels: { "') OR 1=1 --": 'x' } })],
    ['a label that is a path in JSON', () => scene.call('runs.list', { labels: { '$.owner': 'ada' } })],
    ['a list of every status', () => scene.call('runs.list', { status: ['running', 'cancelled', 'queued'] })],
    ['two owners in a list', () => scene.call('runs.list', { owner: ['mallory', 'ada'] })],
    [
      'an owner in the prototype',
      () =>
        scene.http(
          { path: listPath.replace('%7B%7D', encoded('{"__proto__":{"owner":"ada"}}')) },
          scene.mallory,
        ),
    ],
    [
      'a page after one of ada',
      async () => {
        const page = await scene.data<RunPage>('runs.list', { limit: 1 }, scene.ada);
        return scene.call('runs.list', { before: page?.next });
      },
    ],
    [
      'a feed after a cursor of ada',
      async () => {
        const page = await scene.data<RunPage>('runs.list', {}, scene.ada);
        await using bot = await scene.socket();
        const id = bot.subscribe('runs.feed', { include: { text: true } }, page?.feedCursor);
        await bot.next(id);
        const steer = { text: canary, mode: 'next', expect: 'any', commandId: randomUUID() };
        expect(await scene.call('runs.steer', { runId: scene.ended, ...steer }, scene.ada)).toMatch(/^409/);
        await scene.call('runs.start', { task: 'the end of the feed' });
        return JSON.stringify(await bot.next(id));
      },
    ],
  ])('%s', async (_name, attack) => {
    expectNothingOfAda(await attack());
  });

  // Each token names 101 owners, more than one statement of SQL merged once.
  test('a token of a page, however many owners the caller has', async () => {
    const team = Array.from({ length: 100 }, (_, index) => `team-${index}`);
    const token = await scene.jwt({ team: ['mallory', ...team.slice(1)] });
    expectNothingOfAda(await scene.call('runs.list', { search: 'no such word' }, token));
    expectNothingOfAda(await scene.call('runs.list', { limit: 1 }, token));
  });
});

describe.each(['runs.list', 'runs.feed', 'runs.start'])('%s for an owner that is not the own one', (path) => {
  test.each(oddOwners)('is rejected: %j', async (owner) => {
    const answer = await scene.call(path, { owner, ...(path === 'runs.start' && { task: 'x' }) });
    expect(answer).toMatch(/FORBIDDEN|INVALID_INPUT/);
    expectNothingOfAda(answer);
  });
});

/** Whose runs a caller can access; none if it is rejected. */
async function ownersOf(headers: Record<string, string>, token?: string): Promise<readonly string[]> {
  const info = await scene.http({ path: '/trpc/server.info', headers: { ...csrf, ...headers } }, token);
  const [, owners = '[]'] = /"owners":(\[.*?\]),"permissions"/.exec(info) ?? [];
  return JSON.parse(owners) as string[];
}

describe('a token of the provider', () => {
  test.each<readonly [unknown, readonly string[]]>([
    ['ADA', ['ADA']],
    ['аda', ['аda']],
    ['ａｄａ', ['ａｄａ']],
    ['ada\u0301', ['ada\u0301']],
    ['mallory,ada', ['mallory,ada']],
    ['["ada"]', ['["ada"]']],
    ['__proto__', ['__proto__']],
    ['share:0123456789abcdef', ['share:0123456789abcdef']],
    ['ada ', []],
    [' ada', []],
    ['ada\u00a0', []],
    ['\ufeffada', []],
    ['ada\u200b', []],
    ['a\u00adda', []],
    ['ada\ud800', []],
    ['ada\u0000', []],
    [[['ada']], []],
    [{ 0: 'ada', length: 1 }, []],
    [{ toString: 'ada' }, []],
    [1, []],
    [null, []],
    ['', []],
    [[], []],
    ['local', []],
    [['local'], []],
    [['mallory', 'local'], ['mallory']],
    [['local', 'mallory', 'local'], ['mallory']],
  ])('whose owner is %j', async (team, expected) => {
    const token = await scene.jwt({ team });
    expect(await ownersOf({}, token)).toEqual(expected);
    expectNothingOfAda(await scene.call('runs.list', {}, token));
  });
});

describe('headers of a trusted proxy', () => {
  /** As a proxy sends UTF-8. */
  const bytes = (text: string) => Buffer.from(text).toString('latin1');
  const named = (groups: string, user = 'mallory') => ({
    'x-auth-request-user': user,
    'x-auth-request-groups': groups,
  });

  test.each<readonly [string, Record<string, string>, readonly string[]]>([
    ['a no-break space after an owner', named(bytes('ada\u00a0')), []],
    ['a byte order mark', named(bytes('\ufeffada')), []],
    ['an ideographic space in a list', named(bytes('mallory,\u3000ada')), []],
    ['a space before a comma in a list', named('mallory , blue'), ['mallory', 'blue']],
    ['a line separator', named(bytes('ada\u2028')), []],
    ['an overlong form in UTF-8', named('\u00c1\u00a1da'), []],
    ['an invisible letter', named(bytes('ada\u200b')), []],
    ['the owner of before', named('local'), []],
    ['the owner of before in a list', named('mallory,local'), ['mallory']],
    ['quotes', named('"ada"'), ['"ada"']],
    ['an encoded word', named('=?utf-8?q?ada?='), ['=?utf-8?q?ada?=']],
    ['no user', { 'x-auth-request-groups': 'ada' }, []],
    ['no groups', { 'x-auth-request-user': 'ada' }, []],
    ['a user with a no-break space', named('blue', bytes('\u00a0mallory')), []],
    [
      'headers of other proxies',
      { ...named('mallory'), 'x-forwarded-user': 'ada', 'remote-user': 'ada', 'x-forwarded-groups': 'ada' },
      ['mallory'],
    ],
    [
      'a user that is removed on the way',
      { 'x-auth-request-groups': 'ada', connection: 'x-auth-request-user' },
      [],
    ],
  ])('with %s', async (_name, headers, expected) => {
    expect(await ownersOf(headers)).toEqual(expected);
    expectNothingOfAda(await scene.http({ path: listPath, headers: { ...csrf, ...headers } }));
  });
});

describe('a connection', () => {
  const request = (path: string, ...lines: readonly string[]) =>
    [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${scene.app.port}`, ...lines, '', ''].join('\r\n');
  const bearer = (token: string) => `Authorization: Bearer ${token}`;
  const close = 'Connection: close';

  test('has no identity from the requests before it, also if they are pipelined', async () => {
    const received = await rawBytes(
      scene.app.port,
      request('/trpc/server.info', bearer(scene.ada)) +
        request(listPath) +
        request(listPath, bearer(scene.mallory)) +
        request('/trpc/server.info', close),
    );
    const [, ...others] = received.split('HTTP/1.1 ').slice(1);
    expect(others.map((answer) => answer.slice(0, 3))).toEqual(['401', '200', '200']);
    expect(others[2]).toContain('"you":null');
    expectNothingOfAda(others.join(''));
  });

  test.each<readonly [string, () => string, RegExp]>([
    [
      'a key in the trailers',
      () =>
        request(listPath, 'Transfer-Encoding: chunked', 'Trailer: Authorization', close) +
        `0\r\n${bearer(scene.ada)}\r\nX-Auth-Request-User: ada\r\n\r\n`,
      /^HTTP\/1\.1 401/,
    ],
    [
      'two lengths',
      () =>
        `${request(listPath, 'Content-Length: 30', 'Transfer-Encoding: chunked')}0\r\n\r\n${request(listPath, bearer(scene.ada), close)}`,
      /^HTTP\/1\.1 400/,
    ],
    [
      'a folded header',
      () => request(listPath, 'X-Any: a', ` ${bearer(scene.ada)}`, close),
      /^HTTP\/1\.1 400/,
    ],
    [
      'a key as subprotocol',
      () => request(listPath, `Sec-WebSocket-Protocol: ${scene.ada}`, close),
      /^HTTP\/1\.1 401/,
    ],
    [
      'two keys in one header',
      () => request(listPath, `${bearer(scene.mallory)}, Bearer ${scene.ada}`, close),
      /^HTTP\/1\.1 401/,
    ],
    [
      'an absolute URL',
      () => request(`http://127.0.0.1${listPath}`, bearer(scene.mallory), close),
      /^HTTP\/1\.1 404/,
    ],
    ...['x-upgrade', 'upgrade-insecure', 'upgrade x', 'no.upgrade'].map(
      (option) =>
        [
          `a key in the URL and the option ${option}`,
          () =>
            request(
              // The first letter of the key is escaped in JSON.
              `${listPath}&connectionParams=${encoded(`{"token":"\\u0073${scene.mallory.slice(1)}"}`)}`,
              'Upgrade: websocket',
              `Connection: close, ${option}`,
            ),
          /^HTTP\/1\.1 401/,
        ] as const,
    ),
  ])('with %s has no identity', async (_name, bytes, expected) => {
    const received = await rawBytes(scene.app.port, bytes());
    expect(received).toMatch(expected);
    expectNothingOfAda(received);
  });

  test.each([
    [{ token: ['x'] }],
    [{ token: 1 }],
    [{ token: null }],
    [{ token: { toString: 'x' } }],
    [['token']],
    ['token'],
    [JSON.parse('{"__proto__":{"token":"x"}}') as object],
    [{ constructor: 'x' }],
  ])('with the parameters %j has no identity', async (data) => {
    await using bot = await connect(scene.app.port, announced);
    bot.send({ method: 'connectionParams', data });
    bot.send({ id: 1, method: 'query', params: { path: 'runs.list', input: {} } });
    expect((await bot.next()).error?.data.stagewire.code).toMatch(/UNAUTHENTICATED|INVALID_INPUT/);
  });
});

test.each([
  '__proto__',
  'constructor',
  'runs',
  'runs.__proto__',
  'runs.get.constructor',
  'runs/list',
  'runs.list%00',
  '..%2ftrpc%2fruns.list',
  'runs.list;x',
  'RUNS.LIST',
  '_def',
  'createCaller',
])('%s is no procedure', async (path) => {
  expect(await scene.http({ path: `/trpc/${path}?input=%7B%7D` }, scene.mallory)).toMatch(
    /UNKNOWN_PROCEDURE/,
  );
});

test('nothing of it has changed a run of ada', async () => {
  expect(await scene.stateOfLive()).toEqual(before);
});
