import { createHmac, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { LinkAccess } from '@stagewire/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessPathOf } from '../../server/identity/keys/open-access-database.ts';
import { connect } from '../support/bare-socket.ts';
import { keyTraces } from '../support/key-traces.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { announced, appliedMs, bearer, inSeconds, list, params } from '../support/keyed-peers.ts';
import { rawBytes } from '../support/raw-request.ts';
import { shareRun, type SharedLink } from '../support/share-run.ts';
import { within } from '../support/until.ts';

let app: KeyedApp;
let owner: { readonly id: string; readonly token: string };
let runId: string;
let otherRun: string;
let link: SharedLink;
beforeAll(async () => {
  app = await startKeyedApp();
  owner = await app.key({ owner: 'victim' });
  runId = await app.startRun(owner.token);
  otherRun = await app.startRun(owner.token);
  link = await share({ may: 'read' });
});
afterAll(() => app?.[Symbol.asyncDispose]());

const share = (input: { may: LinkAccess; runId?: string; until?: string }) =>
  shareRun(app, owner.token, { runId, ...input });
const query = (path: string, input: unknown) =>
  `/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`;
/** The secret part of a token. */
const macIn = (token: string) => token.slice(21, 85);

async function codeOf(response: Response): Promise<string | undefined> {
  const { error } = (await response.json()) as { error?: { data: { stagewire: { code: string } } } };
  return error?.data.stagewire.code;
}

/** The code with which a link is refused; `undefined` if it reads its run. */
const refusalOf = async (token: string, of = runId) =>
  codeOf(await app.fetch(query('runs.get', { runId: of }), token));

const post = async (path: string, token: string, input: unknown) =>
  codeOf(await app.fetch(`/trpc/${path}`, token, input));

describe('a token that the server has not created', () => {
  const flip = (text: string, at: number) =>
    text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
  const mac = (secret: string | Buffer, text: string) =>
    createHmac('sha256', secret).update(text).digest('hex');
  const forged = (hex: string) => `swl_${link.shareId}_${hex}_${runId}`;

  const attacks: readonly (readonly [string, (token: string) => string | Promise<string>])[] = [
    ['a mac with another last digit', (token) => flip(token, 84)],
    ['a mac with another first digit', (token) => flip(token, 21)],
    ['the mac for another run', (token) => token.replace(runId, otherRun)],
    [
      'the mac for another link',
      async (token) => token.replace(link.shareId, (await share({ may: 'control' })).shareId),
    ],
    [
      'the mac of another link to the run',
      async (token) => token.replace(macIn(token), macIn((await share({ may: 'control' })).token)),
    ],
    ['an id of a link that does not exist', (token) => flip(token, 4)],
    ['a mac of zeros', () => forged('0'.repeat(64))],
    ['an HMAC with an empty secret', () => forged(mac('', `link ${runId} ${link.shareId}`))],
    ['an HMAC with the id of the run as secret', () => forged(mac(runId, `link ${runId} ${link.shareId}`))],
    ['no mac', () => forged('')],
    ['a truncated mac', (token) => token.replace(macIn(token), macIn(token).slice(0, 62))],
    ['a truncated token', (token) => token.slice(0, -1)],
    ['a token without its run', (token) => token.slice(0, 85)],
    ['a token with more after it', (token) => `${token}0`],
    ['a token twice', (token) => token + token],
    ['capital letters', (token) => token.replace(macIn(token), macIn(token).toUpperCase())],
    ['another prefix', (token) => token.replace('swl_', 'swk_')],
    ['the mac alone', (token) => macIn(token)],
    ['the fragment as it is in the URL', (token) => `#share=${token}`],
    ['the token in base64', (token) => Buffer.from(token).toString('base64')],
    ['an escaped letter', (token) => token.replace('swl', '%73wl')],
    ['the permission as part of the token', (token) => `${token}_control`],
    ['a path instead of a run', (token) => token.replace(runId, 'run_../../etc/passwd')],
    ['SQL instead of a run', (token) => token.replace(runId, "run_' OR '1'='1' --")],
    ['a link of another server', linkOfAnotherServer],
    ['a huge token', () => `swl_${'a'.repeat(7000)}`],
  ];
  test.each(attacks)('%s is rejected on every way in, like any other text', async (_name, attack) => {
    const bad = await attack(link.token);
    const refused = /^(?:UNAUTHENTICATED|RATE_LIMITED)$/;
    expect(await refusalOf(bad)).toMatch(refused);
    expect(await refusalOf(bad, otherRun)).toMatch(refused);
    await using bot = await connect(app.port, announced);
    bot.send(params({ token: bad }));
    const answer = await bot.call('query', 'runs.get', { runId });
    expect(answer.error?.data.stagewire.code).toMatch(refused);
    expect([4401, 4429]).toContain((await within(bot.closed, 'its end', appliedMs)).code);
    for (const path of [query('runs.events', { runId }), `/api/stream/events/${runId}`]) {
      const text = await within((await app.fetch(path, bad)).text(), 'the end of a rejection', appliedMs);
      expect(text).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
      expect(text).not.toMatch(/"type":"(?:run|stage)\./);
    }
    // However many attempts have failed: a link of the same address works.
    expect(await refusalOf(link.token)).toBeUndefined();
  });

  test.each([
    ['letters beyond ASCII', (token: string) => token.replace('a', 'а').replace('e', 'е')],
    ['a character of full width', (token: string) => token.replace('swl', 'ｓｗｌ')],
    ['a null character', (token: string) => `${token}\u0000`],
    ['an invisible character', (token: string) => token.replace('_', '\u200b_')],
  ])('%s in the handshake of a WebSocket is rejected', async (_name, attack) => {
    await using bot = await connect(app.port, announced);
    bot.send(params({ token: attack(link.token) }));
    const answer = await bot.call('query', 'runs.get', { runId });
    expect(answer.error?.data.stagewire.code).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
  });

  async function linkOfAnotherServer() {
    await using other = await startKeyedApp();
    const { token } = await other.key({ owner: 'victim' });
    const foreign = await shareRun(other, token, { runId: await other.startRun(token), may: 'control' });
    return foreign.token;
  }
});

describe('a valid link', () => {
  test('in a URL is rejected, wherever it is, and also together with the header', async () => {
    const { token } = await share({ may: 'read' });
    for (const part of [
      `token=${token}`,
      `share=${token}`,
      `connectionParams=${encodeURIComponent(JSON.stringify({ token }))}`,
      `token=%73%77%6C%5F${token.slice(4)}`,
    ]) {
      for (const path of [`${query('runs.get', { runId })}&${part}`, `/api/stream/events/${runId}?${part}`]) {
        for (const header of [undefined, token]) {
          const answer = await app.fetch(path, header);
          expect(answer.status).toBeOneOf([401, 429]);
          expect(keyTraces([macIn(token)], await answer.text())).toEqual([]);
        }
      }
    }
    await using bot = await connect(app.port, { query: `?token=${token}`, ...bearer(token) });
    const answer = await bot.call('query', 'runs.get', { runId });
    expect(answer.error?.data.stagewire.code).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
  });

  test('together with another credential is rejected', async () => {
    await using bot = await connect(app.port, { ...announced, ...bearer(owner.token) });
    bot.send(params({ token: link.token }));
    const answer = await bot.call('query', 'runs.get', { runId });
    expect(answer.error?.data.stagewire.code).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
    const raw = await rawBytes(
      app.port,
      `GET ${query('runs.get', { runId })} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${link.token}\r\nAuthorization: Bearer ${owner.token}\r\n\r\n`,
    );
    expect(raw).toMatch(/^HTTP\/1\.1 (?:401|429) /);
  });

  test('reaches no other run of its owner, by any procedure and any route', async () => {
    const { token } = await share({ may: 'control' });
    const command = { runId: otherRun, commandId: randomUUID() };
    expect(await refusalOf(token, otherRun)).toBe('RUN_NOT_FOUND');
    expect(await codeOf(await app.fetch(query('runs.files', { runId: otherRun }), token))).toBe(
      'RUN_NOT_FOUND',
    );
    const steer = { ...command, text: 'Shorter.', expect: 'any' };
    expect(await post('runs.steer', token, steer)).toBe('RUN_NOT_FOUND');
    expect(await post('runs.redirect', token, { ...command, to: 'coder', expect: 'any' })).toBe(
      'RUN_NOT_FOUND',
    );
    expect(await post('runs.cancel', token, { ...command, target: 'run' })).toBe('RUN_NOT_FOUND');
    expect((await app.fetch(`/api/stream/events/${otherRun}`, token)).status).toBe(404);
    expect((await app.fetch('/api/stream/task', token, { task: 'x' })).status).toBe(403);
    // A batch with its own run in front changes nothing.
    const batch = encodeURIComponent(JSON.stringify({ 0: { runId }, 1: { runId: otherRun } }));
    const answers = await (await app.fetch(`/trpc/runs.get,runs.get?batch=1&input=${batch}`, token)).text();
    expect(answers).toContain('RUN_NOT_FOUND');
    expect(answers).not.toContain(`"runId":"${otherRun}","status"`);
    // As a missing one does.
    const missing = await (await app.fetch(query('runs.get', { runId: 'run_missing-0001' }), token)).text();
    const foreign = await (await app.fetch(query('runs.get', { runId: otherRun }), token)).text();
    expect(foreign.replaceAll(otherRun, 'run_missing-0001')).toBe(missing);
  });

  test('for reading cannot be made one for control', async () => {
    const reader = await share({ may: 'read' });
    const steer = { runId, commandId: randomUUID(), text: 'Shorter.', expect: 'any' };
    for (const more of [{}, { may: 'control' }, { link: { may: 'control' } }]) {
      expect(await post('runs.steer', reader.token, { ...steer, ...more })).toMatch(
        /FORBIDDEN|INVALID_INPUT/,
      );
    }
    const another = { runId, commandId: randomUUID(), may: 'control' };
    expect(await post('runs.share', reader.token, another)).toBe('FORBIDDEN');
    await using bot = await connect(app.port, announced);
    bot.send(params({ token: reader.token, may: 'control', permissions: '["admin"]' }));
    expect((await bot.call('mutation', 'runs.steer', steer)).error?.data.stagewire.code).toBe('FORBIDDEN');
  });

  test('opens no subscription for a connection that has another identity later', async () => {
    const [first, second] = [await share({ may: 'read' }), await share({ may: 'read', runId: otherRun })];
    await using bot = await connect(app.port, announced);
    bot.send(params({ token: first.token }));
    const subscription = bot.subscribe('runs.events', { runId });
    await bot.until(subscription, 'run.started');
    // To the other run: the subscription to the first one ends.
    const { result } = await bot.call('mutation', 'session.refresh', { token: second.token });
    expect(result?.data).toMatchObject({ link: { runId: otherRun } });
    await expect(bot.until(subscription, 'run.completed')).rejects.toThrow(/RUN_NOT_FOUND/);
    // To that of another owner: rejected.
    const bob = await app.key({ owner: 'bob' });
    const theirs = await shareRun(app, bob.token, { runId: await app.startRun(bob.token), may: 'read' });
    for (const token of [bob.token, theirs.token]) {
      const refused = await bot.call('mutation', 'session.refresh', { token });
      expect(refused.error?.data.stagewire.code).toBe('FORBIDDEN');
    }
  });

  test('and its token are in no event, state, list, feed, log or file; the others see its id only', async () => {
    const secret = await share({ may: 'read' });
    await using bot = await connect(app.port, bearer(owner.token));
    const feed = bot.subscribe('runs.feed', {});
    await bot.until(feed, 'feed.opened');
    const second = await share({ may: 'read' });
    const shared = await bot.until(feed, 'run.shared');
    await using events = await connect(app.port, bearer(owner.token));
    const replayed = await events.until(events.subscribe('runs.events', { runId }), 'run.shared');
    const texts = [
      JSON.stringify([shared, replayed]),
      await (await app.fetch(query('runs.get', { runId }), secret.token)).text(),
      await (await app.fetch(list, owner.token)).text(),
      await (await app.fetch(query('server.info', undefined), secret.token)).text(),
      app.logged.join('\n'),
    ];
    expect(texts.join('')).toContain(second.shareId);
    const secrets = [secret, second, link].map(({ token }) => macIn(token));
    expect(keyTraces(secrets, texts.join('\n'))).toEqual([]);
  });

  test('does not end with the key that created it, and cannot be made again by that key', async () => {
    const sharer = await app.key({ owner: 'victim' });
    const kept = await shareRun(app, sharer.token, { runId, may: 'read' });
    await app.revoke(sharer.id);
    expect(await refusalOf(kept.token)).toBeUndefined();
    const again = { runId, commandId: randomUUID(), may: 'read' };
    expect(await post('runs.share', sharer.token, again)).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
    // Everyone who may control the run can remove it.
    const unshare = { runId, commandId: randomUUID(), shareId: kept.shareId };
    expect(await post('runs.unshare', owner.token, unshare)).toBeUndefined();
    expect(await refusalOf(kept.token)).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
  });

  test('is of use to nobody after its end, whatever is tried', async () => {
    const removed = await share({ may: 'control' });
    const expired = await share({ may: 'control', until: inSeconds(0.3) });
    const unshare = { runId, commandId: randomUUID(), shareId: removed.shareId };
    expect(await post('runs.unshare', owner.token, unshare)).toBeUndefined();
    // Until it has expired.
    await pause(350);
    for (const { token } of [removed, expired]) {
      expect(await refusalOf(token)).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
      const cancel = { runId, commandId: randomUUID(), target: 'run' };
      expect(await post('runs.cancel', token, cancel)).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
      await using bot = await connect(app.port, bearer(owner.token));
      const refused = await bot.call('mutation', 'session.refresh', { token });
      expect(refused.error?.data.stagewire.code).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
    }
  });

  test('of a run of one owner is not listed, removed or created by another owner', async () => {
    const bob = await app.key({ owner: 'bob' });
    const unshare = { runId, commandId: randomUUID(), shareId: link.shareId };
    expect(await post('runs.unshare', bob.token, unshare)).toBe('RUN_NOT_FOUND');
    expect(await post('runs.share', bob.token, { runId, commandId: randomUUID(), may: 'read' })).toBe(
      'RUN_NOT_FOUND',
    );
    const reader = await app.key({ owner: 'victim', permissions: ['runs:read'] });
    expect(await post('runs.unshare', reader.token, { ...unshare, commandId: randomUUID() })).toBe(
      'FORBIDDEN',
    );
    expect(await refusalOf(link.token)).toBeUndefined();
  });

  test('is verified in about the same time as a forged one', async () => {
    await using own = await startKeyedApp();
    const bad = `swl_${'0'.repeat(16)}_${'0'.repeat(64)}_${runId}`;
    const real = `swl_${link.shareId}_${'0'.repeat(64)}_${await own.startRun((await own.key()).token)}`;
    const times: Record<string, number[]> = { [bad]: [], [real]: [] };
    for (let round = 0; round < 300; round += 1) {
      for (const token of round % 2 === 0 ? [bad, real] : [real, bad]) {
        const begun = performance.now();
        await (await own.fetch(list, token)).arrayBuffer();
        times[token]?.push(performance.now() - begun);
      }
    }
    const [one = 0, other = 0] = Object.values(times).map(median);
    expect(Math.abs(one - other) / Math.max(one, other), 'timing: difference').toBeLessThan(0.25);
  });
});

test('a server whose access.db was deleted accepts no link of before', async () => {
  const before = await startKeyedApp();
  const { token } = await before.key();
  const made = await shareRun(before, token, { runId: await before.startRun(token), may: 'read' });
  await rm(accessPathOf(before.dataDir));
  // The running server keeps its secret; the next one has another.
  const own = await before.fetch(query('runs.get', { runId: made.token.slice(86) }), made.token);
  expect(own.status).toBe(200);
  await before[Symbol.asyncDispose]();
  await using after = await startKeyedApp();
  const answer = await after.fetch(query('runs.get', { runId: made.token.slice(86) }), made.token);
  expect(await codeOf(answer)).toBe('UNAUTHENTICATED');
});

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
