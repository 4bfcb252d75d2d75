import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectClient } from '@stagewire/client';
import { isTransient } from '@stagewire/shared';
import { errorReason } from '@stagewire/shared/error-reason';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../support/bare-socket.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { appliedMs, codeOf, inSeconds, list, signedIn } from '../support/keyed-peers.ts';
import { within } from '../support/until.ts';

const unauthenticated = wireErrors.UNAUTHENTICATED;

let app: KeyedApp;
beforeAll(async () => {
  app = await startKeyedApp();
});
afterAll(() => app?.[Symbol.asyncDispose]());

describe('an identity that ends', () => {
  test.each([
    ['is revoked', undefined],
    ['expires', 3],
  ])('closes its WebSocket with 4401, and its event streams, when it %s', async (_name, seconds) => {
    const owner = `ending-${seconds ?? 'revoked'}`;
    const stays = await app.key({ owner });
    const ends = await app.key({ owner, ...(seconds !== undefined && { expiresAt: inSeconds(seconds) }) });
    const runId = await app.startRun(stays.token);
    await using kept = await signedIn(app, stays.token);
    await using idle = await signedIn(app, ends.token);
    await using subscriber = await signedIn(app, ends.token);
    await subscriber.until(subscriber.subscribe('runs.events', { runId }), 'run.started');
    const input = encodeURIComponent(JSON.stringify({ runId }));
    const streams = await Promise.all(
      [`/trpc/runs.events?input=${input}`, `/api/stream/events/${runId}`].map((path) =>
        app.fetch(path, ends.token),
      ),
    );
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);

    if (seconds === undefined) await app.revoke(ends.id);
    // Its expiry is what the test is about.
    else await pause(seconds * 1000);
    for (const bot of [idle, subscriber]) {
      expect(await within(bot.closed, 'a close', appliedMs)).toEqual({
        code: 4401,
        reason: errorReason(seconds === undefined ? unauthenticated.revoked() : unauthenticated.expired()),
      });
    }
    for (const stream of streams) {
      // Destroyed, not ended: an orderly end would mean that the run has ended.
      await expect(within(stream.text(), 'the end of a stream', appliedMs)).rejects.toThrow(/terminated/);
    }
    expect(await codeOf(kept)).toBeUndefined();
    expect((await app.fetch(list, ends.token)).status).toBeOneOf([401, 429]);
  });
});

// Broken once: with only the code as the reason of the close frame, this was red.
test('a subscriber is told that its key was revoked while it was connected', async () => {
  const key = await app.key({ owner: 'ada' });
  await using client = connectClient({ url: app.url, token: key.token });
  const events = client.feed()[Symbol.asyncIterator]();
  await events.next();
  await app.revoke(key.id);
  const { code, message } = unauthenticated.revoked();
  await expect(events.next()).rejects.toMatchObject({ code, message });
  expect(client.connection).toMatchObject({ status: 'refused', error: { message } });
});

describe('session.refresh', () => {
  test('replaces the permissions and the expiry, for later calls on the same connection', async () => {
    const short = await app.key({ owner: 'fresh', expiresAt: inSeconds(1.5) });
    const long = await app.key({ owner: 'fresh', name: 'long', permissions: ['runs:read'] });
    await using bot = await signedIn(app, short.token);
    const subscription = bot.subscribe('runs.feed', {});
    await bot.until(subscription, 'feed.opened');
    const refreshed = await bot.call('mutation', 'session.refresh', { token: long.token });
    expect(refreshed).toMatchObject({
      result: { data: { actor: { id: `key:${long.id}` }, permissions: ['runs:read'] } },
    });
    expect(refreshed.result?.data).not.toHaveProperty('expiresAt');
    // A permission that the connection had is gone.
    const start = await bot.call('mutation', 'runs.start', { task: 'x' });
    expect(start.error?.data.stagewire.code).toBe('FORBIDDEN');
    // Beyond the expiry of the first key.
    await pause(2000);
    expect(await codeOf(bot)).toBeUndefined();
    // And the new key is the one that counts now.
    await app.revoke(long.id);
    expect(await within(bot.closed, 'a close', appliedMs)).toMatchObject({ code: 4401 });
  });

  test('with the token of another owner is FORBIDDEN, and changes nothing', async () => {
    const [own, foreign, admin] = await Promise.all([
      app.key({ owner: 'mine' }),
      app.key({ owner: 'yours' }),
      app.key({ owner: 'yours', permissions: ['admin'] }),
    ]);
    await using bot = await signedIn(app, own.token);
    for (const { token } of [foreign, admin]) {
      const refused = await bot.call('mutation', 'session.refresh', { token });
      expect(refused.error?.data.stagewire.code).toBe('FORBIDDEN');
    }
    for (const token of ['', 'x', 'swk_x']) {
      const refused = await bot.call('mutation', 'session.refresh', { token });
      expect(refused.error?.data.stagewire.code).toMatch(/UNAUTHENTICATED|RATE_LIMITED/);
    }
    expect(await bot.call('query', 'server.info')).toMatchObject({
      result: { data: { you: { owner: 'mine' } } },
    });
  });

  test('does not bring back an identity that has ended', async () => {
    const { token } = await app.key();
    // The server closes it soon.
    await using anonymous = await connect(app.port);
    const refused = await anonymous.call('mutation', 'session.refresh', { token });
    expect(refused.error?.data.stagewire.code).toBe('UNAUTHENTICATED');
  });
});

describe('the client', () => {
  const backoff = { minDelayMs: 1, firstDelayMs: 10, maxDelayMs: 30 };

  test('refreshes the identity of its socket before it expires', async () => {
    const tokens = [
      (await app.key({ owner: 'renewing', expiresAt: inSeconds(3) })).token,
      (await app.key({ owner: 'renewing' })).token,
    ];
    let asked = 0;
    const token = () => tokens[Math.min(asked++, tokens.length - 1)] ?? '';
    await using client = connectClient({ url: app.url, token, backoff });
    const states: string[] = [];
    client.onConnection(({ status }) => states.push(status));
    const feed = client.feed();
    expect((await feed.next()).value).toMatchObject({ type: 'feed.opened' });
    const next = feed.next();
    // Beyond the expiry of the first key, or of several.
    await pause(4000);
    const runId = await app.startRun(tokens[1] ?? '');
    expect((await next).value).toMatchObject({ type: 'run.queued', runId });
    expect(asked).toBe(2);
    expect(states).not.toContain('lost');
  });

  test.each(['ws', 'sse'] as const)(
    'whose identity was revoked resumes with a new token from its cursors, over %s',
    async (transport) => {
      const [first, second] = [await app.key({ owner: 'coming' }), await app.key({ owner: 'coming' })];
      let token = first.token;
      await using client = connectClient({ url: app.url, token: () => token, backoff, transport });
      const runId = await app.startRun(second.token);
      const events = client.run(runId).events();
      const seqs: number[] = [];
      const read = async () => {
        const { value } = await events.next();
        if (value !== undefined && !isTransient(value)) seqs.push(value.firstSeq ?? value.seq, value.seq);
      };
      while (seqs.length < 10) await read();
      const states: string[] = [];
      client.onConnection(({ status }) => states.push(status));
      token = second.token;
      await app.revoke(first.id);
      while (!states.includes('open') || seqs.length < 40) await read();
      expect(states).toEqual(['lost', 'open']);
      // Nothing is missing, and nothing comes twice.
      for (let at = 2; at < seqs.length; at += 2) expect(seqs[at]).toBe((seqs[at - 1] ?? 0) + 1);
    },
  );

  test.each(['ws', 'sse'] as const)(
    'with a token that stays revoked stops, and reports why, over %s',
    async (transport) => {
      const { id, token } = await app.key();
      const runId = await app.startRun(token);
      await using client = connectClient({ url: app.url, token: () => token, backoff, transport });
      const feed = client.feed();
      await feed.next();
      const events = client.run(runId).events();
      await events.next();
      const ended = [Array.fromAsync(feed), Array.fromAsync(events)];
      const codes = Promise.allSettled(ended);
      await app.revoke(id);
      const ends = await within(codes, 'the end', { timeoutMs: 12_000 });
      expect(ends.map((end) => end.status === 'rejected' && (end.reason as { code?: string }).code)).toEqual([
        'UNAUTHENTICATED',
        'UNAUTHENTICATED',
      ]);
      expect(client.connection).toMatchObject({ status: 'refused', transport });
    },
  );

  test('stays signed in over many expiries in a row on a quiet feed', async () => {
    // Without a refresh, which a server before it would not know: the socket is closed each time.
    let current = await app.key({ owner: 'quiet', expiresAt: inSeconds(1) });
    let asked = 0;
    const token = async () => {
      asked += 1;
      current = await app.key({ owner: 'quiet', expiresAt: inSeconds(0.9) });
      return current.token;
    };
    await using client = connectClient({ url: app.url, token, backoff });
    const feed = client.feed();
    await feed.next();
    const next = feed.next();
    // Beyond the expiry of the first key, or of several.
    await pause(4000);
    const runId = await app.startRun((await app.key({ owner: 'quiet' })).token);
    expect((await next).value).toMatchObject({ type: 'run.queued', runId });
    expect(asked).toBeGreaterThan(3);
  });
});
