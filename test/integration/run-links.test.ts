import { randomUUID } from 'node:crypto';
import type { DurableEvent, RunShare } from '@stagewire/shared';
import { errorReason } from '@stagewire/shared/error-reason';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, eventsOf, type BareSocket } from '../support/bare-socket.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { announced, appliedMs, inSeconds, params, signedIn } from '../support/keyed-peers.ts';
import { shareRun, type SharedLink } from '../support/share-run.ts';
import { within } from '../support/until.ts';

let app: KeyedApp;
let owner: { readonly id: string; readonly token: string };
beforeAll(async () => {
  app = await startKeyedApp();
  owner = await app.key({ owner: 'ada' });
});
afterAll(() => app?.[Symbol.asyncDispose]());

const query = (path: string, input: unknown) =>
  `/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`;

async function dataOf(response: Response): Promise<unknown> {
  const body = (await response.json()) as { result?: { data: unknown }; error?: unknown };
  expect(body.error).toBeUndefined();
  return body.result?.data;
}

async function codeOf(response: Response): Promise<unknown> {
  const body = (await response.json()) as { error?: { data: { stagewire: { code: string } } } };
  return body.error?.data.stagewire.code;
}

const get = async (runId: string, token: string) =>
  (await dataOf(await app.fetch(query('runs.get', { runId }), token))) as {
    readonly status: string;
    readonly seq: number;
    readonly cursor: string;
    readonly shares: readonly RunShare[];
  };

const post = (path: string, token: string, input: unknown) => app.fetch(`/trpc/${path}`, token, input);

/** A socket that has a link's identity. */
async function linked(link: SharedLink): Promise<BareSocket> {
  const bot = await connect(app.port, announced);
  bot.send(params({ token: link.token }));
  const info = await bot.call('query', 'server.info');
  expect(info).toMatchObject({ result: { data: { you: { link: { shareId: link.shareId } } } } });
  return bot;
}

async function ended(token = owner.token): Promise<string> {
  const runId = await app.startRun(token);
  const cancel = { runId, commandId: randomUUID(), target: 'run' };
  expect((await post('runs.cancel', token, cancel)).status).toBe(200);
  await using bot = await signedIn(app, token);
  await bot.until(bot.subscribe('runs.events', { runId }), 'run.cancelled');
  return runId;
}

async function eventsIn(
  runId: string,
  token: string,
  lastEventId?: string,
): Promise<readonly DurableEvent[]> {
  await using bot = await connect(app.port, { client: { headers: { authorization: `Bearer ${token}` } } });
  const frames = await bot.until(bot.subscribe('runs.events', { runId }, lastEventId), 'stopped');
  return eventsOf(frames) as readonly DurableEvent[];
}

describe('runs.share', () => {
  test.each([
    ['live', () => app.startRun(owner.token)],
    ['ended', () => ended()],
  ])('gives the same link for the same command, of a run that is %s', async (_name, start) => {
    const runId = await start();
    const commandId = randomUUID();
    const until = inSeconds(3600);
    const links = await Promise.all(
      [1, 2, 3].map(() => shareRun(app, owner.token, { runId, commandId, may: 'control', until })),
    );
    expect(new Set(links.map(({ url }) => url)).size).toBe(1);
    const [link] = links;
    expect(link?.url).toBe(`${app.url}/runs/${runId}#share=${link?.token}`);
    expect(link?.token).toMatch(new RegExp(`^swl_${link?.shareId}_[0-9a-f]{64}_${runId}$`));
    const { shares } = await get(runId, owner.token);
    expect(shares).toEqual([
      {
        shareId: link?.shareId,
        may: 'control',
        until,
        actor: { id: `key:${owner.id}`, kind: 'user', name: 'ada' },
        at: expect.any(String) as string,
      },
    ]);
    for (const other of [
      { may: 'read', until },
      { may: 'control' },
      { may: 'control', until: inSeconds(9) },
    ]) {
      const answer = await post('runs.share', owner.token, { runId, commandId, ...other });
      expect(await codeOf(answer)).toBe('COMMAND_ID_CONFLICT');
    }
    const unshare = { runId, commandId, shareId: link?.shareId };
    expect(await codeOf(await post('runs.unshare', owner.token, unshare))).toBe('COMMAND_ID_CONFLICT');
  });

  test('of a run that has ended adds its event to the log, and changes nothing else in the run', async () => {
    const runId = await ended();
    const before = await get(runId, owner.token);
    const link = await shareRun(app, owner.token, { runId, may: 'read' });
    const unshared = { runId, commandId: randomUUID(), shareId: link.shareId };
    const receipt = await dataOf(await post('runs.unshare', owner.token, unshared));
    const after = await get(runId, owner.token);
    expect(after).toEqual({
      ...before,
      seq: before.seq + 2,
      cursor: after.cursor,
      updatedAt: expect.any(String) as string,
    });
    expect(receipt).toEqual({ commandId: unshared.commandId, cursor: after.cursor, target: null });
    const whole = await eventsIn(runId, owner.token);
    expect(whole.map(({ type }) => type).slice(-3)).toEqual(['run.cancelled', 'run.shared', 'run.unshared']);
    expect(await eventsIn(runId, owner.token, before.cursor)).toEqual(whole.slice(-2));
    expect(await eventsIn(runId, owner.token, after.cursor)).toEqual([]);
  });

  test('of a run that ends meanwhile is accepted, before its end or after it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const runId = await app.startRun(owner.token);
      const cancel = post('runs.cancel', owner.token, { runId, commandId: randomUUID(), target: 'run' });
      const links = await Promise.all(
        Array.from({ length: 8 }, () => shareRun(app, owner.token, { runId, may: 'read' })),
      );
      expect((await cancel).status).toBe(200);
      const ids = links.map(({ shareId }) => shareId).toSorted();
      const { shares } = await get(runId, owner.token);
      expect(shares.map(({ shareId }) => shareId).toSorted()).toEqual(ids);
    }
  });

  test('is bounded, and what is not possible is rejected', async () => {
    const runId = await ended();
    const share = (more: object) =>
      post('runs.share', owner.token, { runId, commandId: randomUUID(), ...more });
    expect(await codeOf(await share({ may: 'read', until: inSeconds(-1) }))).toBe('INVALID_INPUT');
    expect(await codeOf(await share({ may: 'read', until: '2999-01-01' }))).toBe('INVALID_INPUT');
    expect(await codeOf(await share({ may: 'delete' }))).toBe('INVALID_INPUT');
    const links = await Promise.all(
      Array.from({ length: 50 }, () => shareRun(app, owner.token, { runId, may: 'read' })),
    );
    expect(await codeOf(await share({ may: 'read' }))).toBe('TOO_MANY_SHARES');
    const [{ shareId } = { shareId: '' }] = links;
    const unshare = { runId, commandId: randomUUID(), shareId };
    expect((await post('runs.unshare', owner.token, unshare)).status).toBe(200);
    expect((await post('runs.unshare', owner.token, unshare)).status).toBe(200);
    const again = { ...unshare, commandId: randomUUID() };
    expect(await codeOf(await post('runs.unshare', owner.token, again))).toBe('SHARE_NOT_FOUND');
    expect((await share({ may: 'read' })).status).toBe(200);
  });

  test('of the run of another owner, or of none, finds no run', async () => {
    const other = await app.key({ owner: 'bob' });
    const runId = await app.startRun(owner.token);
    for (const id of [runId, 'run_does-not-exist']) {
      const answer = await post('runs.share', other.token, {
        runId: id,
        commandId: randomUUID(),
        may: 'read',
      });
      expect(await codeOf(answer)).toBe('RUN_NOT_FOUND');
    }
  });
});

describe('a link', () => {
  test('reads its run over both wires, and nothing else', async () => {
    const runId = await app.startRun(owner.token);
    const other = await app.startRun(owner.token);
    const link = await shareRun(app, owner.token, { runId, may: 'read' });
    expect((await get(runId, link.token)).status).toMatch(/queued|running/);
    expect((await app.fetch(query('runs.files', { runId }), link.token)).status).toBe(200);
    await using bot = await linked(link);
    await bot.until(bot.subscribe('runs.events', { runId }), 'run.started');
    expect(await codeOf(await app.fetch(query('runs.get', { runId: other }), link.token))).toBe(
      'RUN_NOT_FOUND',
    );
    expect(await codeOf(await app.fetch(query('runs.list', {}), link.token))).toBe('FORBIDDEN');
    const steer = { runId, commandId: randomUUID(), text: 'Shorter.', expect: 'any' };
    expect(await codeOf(await post('runs.steer', link.token, steer))).toBe('FORBIDDEN');
  });

  test('that permits control steers and cancels, as an actor of its own', async () => {
    const runId = await app.startRun(owner.token);
    const link = await shareRun(app, owner.token, { runId, may: 'control' });
    const steer = { runId, commandId: randomUUID(), text: 'Shorter.', expect: 'any' };
    expect((await post('runs.steer', link.token, steer)).status).toBe(200);
    const cancel = { runId, commandId: randomUUID(), target: 'run' };
    expect((await post('runs.cancel', link.token, cancel)).status).toBe(200);
    const events = await eventsIn(runId, link.token);
    const actor = { id: `share:${link.shareId}`, kind: 'user' };
    expect(events.filter(({ type }) => type === 'command.accepted')).toMatchObject([{ actor }, { actor }]);
    expect(events.at(-1)).toMatchObject({ type: 'run.cancelled', actor });
    for (const [path, input] of [
      ['runs.share', { runId, commandId: randomUUID(), may: 'read' }],
      ['runs.unshare', { runId, commandId: randomUUID(), shareId: link.shareId }],
      ['runs.delete', { runId }],
      ['runs.start', { task: 'x' }],
      ['runs.start', { from: { runId } }],
    ] as const) {
      expect(await codeOf(await post(path, link.token, input))).toBe('FORBIDDEN');
    }
  });

  test.each([
    ['is removed', 'unshare'],
    ['expires', 'expire'],
    ['is of a run that is deleted', 'delete'],
  ])('that %s closes its connections within two seconds, and is never valid again', async (_name, how) => {
    const runId = how === 'delete' ? await ended() : await app.startRun(owner.token);
    const until = how === 'expire' ? { until: inSeconds(1.5) } : {};
    const commandId = randomUUID();
    const input = { runId, commandId, may: 'read', ...until } as const;
    const link = await shareRun(app, owner.token, input);
    const kept = await shareRun(app, owner.token, { runId, may: 'read' });
    await using bot = await linked(link);
    await using other = await linked(kept);
    const streams =
      how === 'delete'
        ? []
        : await Promise.all(
            [query('runs.events', { runId }), `/api/stream/events/${runId}`].map((path) =>
              app.fetch(path, link.token),
            ),
          );
    if (how !== 'delete') {
      await bot.until(bot.subscribe('runs.events', { runId }), 'run.started');
      await other.until(other.subscribe('runs.events', { runId }), 'run.started');
    }
    if (how === 'unshare') {
      const unshare = { runId, commandId: randomUUID(), shareId: link.shareId };
      expect((await post('runs.unshare', owner.token, unshare)).status).toBe(200);
    }
    if (how === 'delete') expect((await post('runs.delete', owner.token, { runId })).status).toBe(200);
    const { linkExpired, linkRemoved } = wireErrors.UNAUTHENTICATED;
    const closed = { code: 4401, reason: errorReason(how === 'expire' ? linkExpired() : linkRemoved()) };
    expect(await within(bot.closed, 'a close', appliedMs)).toEqual(closed);
    for (const stream of streams) {
      await expect(within(stream.text(), 'the end of a stream', appliedMs)).rejects.toThrow(/terminated/);
    }
    expect(await codeOf(await app.fetch(query('runs.get', { runId }), link.token))).toBe('UNAUTHENTICATED');
    if (how === 'delete') {
      expect(await within(other.closed, 'a close', appliedMs)).toEqual(closed);
      return;
    }
    // The same command gives the same link, which stays dead.
    expect(await shareRun(app, owner.token, input)).toEqual(link);
    expect(await codeOf(await app.fetch(query('runs.get', { runId }), link.token))).toBe('UNAUTHENTICATED');
    expect(await other.call('query', 'runs.get', { runId })).toHaveProperty('result');
  });

  test('signs in to a session that is limited to the run, and ends with the link', async () => {
    const runId = await app.startRun(owner.token);
    const other = await app.startRun(owner.token);
    const until = inSeconds(3600);
    const link = await shareRun(app, owner.token, { runId, may: 'read', until });
    const csrf = { 'x-stagewire-csrf': '1' };
    const signedIn = await fetch(`${app.url}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...csrf },
      body: JSON.stringify({ token: link.token }),
    });
    expect(signedIn.status).toBe(200);
    expect(await signedIn.json()).toMatchObject({
      actor: { id: `share:${link.shareId}` },
      permissions: [],
      link: { runId, shareId: link.shareId, may: 'read' },
      session: true,
      expiresAt: until,
    });
    const [cookie = ''] = signedIn.headers.getSetCookie().map((text) => text.split(';')[0]);
    const headers = { ...csrf, cookie };
    const read = (id: string) => fetch(`${app.url}${query('runs.get', { runId: id })}`, { headers });
    expect((await read(runId)).status).toBe(200);
    expect(await codeOf(await read(other))).toBe('RUN_NOT_FOUND');
    const stream = await fetch(`${app.url}${query('runs.events', { runId })}`, { headers });
    const unshare = { runId, commandId: randomUUID(), shareId: link.shareId };
    expect((await post('runs.unshare', owner.token, unshare)).status).toBe(200);
    await expect(within(stream.text(), 'the end of a stream', appliedMs)).rejects.toThrow(/terminated/);
    expect(await codeOf(await read(runId))).toBe('UNAUTHENTICATED');
  });
});
