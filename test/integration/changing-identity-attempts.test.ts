import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessPathOf } from '../../server/identity/keys/open-access-database.ts';
import { canary, startAttemptScene, type AttemptScene } from '../support/attempt-scene.ts';
import type { BareSocket } from '../support/bare-socket.ts';
import { within } from '../support/until.ts';

let scene: AttemptScene;
let before: unknown;
beforeAll(async () => {
  scene = await startAttemptScene();
  before = await scene.stateOfLive();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

const permissions = ['runs:read', 'runs:start', 'runs:control', 'runs:delete'] as const;
const codeIn = (text: string) => /"code":"([A-Z]+_?[A-Z_]*)","retryable"/.exec(text)?.[1];

/** A run that writes all the time, so that each subscription to it has a next event. */
async function subscribe(bot: BareSocket, path: string, input: object): Promise<number> {
  const id = bot.subscribe(path, input);
  expect((await bot.next(id)).error).toBeUndefined();
  await bot.next(id);
  return id;
}

/** The reasoning of the run is not in a feed. */
const commitForFeeds = () => scene.call('runs.start', { task: canary }, scene.ada);

/** The error with which the subscription ends; fails if it has not ended in time. */
async function endOf(bot: BareSocket, id: number): Promise<string | undefined> {
  const error = async () => {
    for (;;) {
      const frame = await bot.next(id);
      if (frame.error !== undefined) return frame.error.data.stagewire.code;
      if (frame.result?.type === 'stopped') return undefined;
    }
  };
  return within(error(), 'the end of the subscription', { timeoutMs: 4000 });
}

const refresh = async (bot: BareSocket, token: string) =>
  (await bot.call('mutation', 'session.refresh', { token })).error?.data.stagewire.code;

/** Takes the permission `admin` from a key, as another process that writes the database. */
function demote(id: string): void {
  const database = new DatabaseSync(accessPathOf(scene.app.dataDir));
  database.prepare('UPDATE access_keys SET permissions = ? WHERE id = ?').run('["runs:read"]', id);
  database.close();
}

describe('an administrator who is none any more', () => {
  const newAdmin = () => scene.app.key({ name: 'root', owner: 'root', permissions: ['admin'] });

  test('by a refresh gets no further event of a run or a feed of another owner', async () => {
    const user = await scene.app.key({ name: 'user', owner: 'root', permissions: ['runs:read'] });
    await using bot = await scene.socket((await newAdmin()).token);
    const run = await subscribe(bot, 'runs.events', { runId: scene.live });
    const feed = await subscribe(bot, 'runs.feed', { owner: 'ada', include: { text: true } });
    expect(await refresh(bot, user.token)).toBeUndefined();
    expect(await endOf(bot, run)).toBe('RUN_NOT_FOUND');
    await commitForFeeds();
    expect(await endOf(bot, feed)).toBe('FORBIDDEN');
    const answer = await bot.call('query', 'runs.get', { runId: scene.live });
    expect(answer.error?.data.stagewire.code).toBe('RUN_NOT_FOUND');
  });

  test('by the database gets no further event either, on any way', async () => {
    const { id, token } = await newAdmin();
    await using bot = await scene.socket(token);
    const run = await subscribe(bot, 'runs.events', { runId: scene.live });
    const feed = await subscribe(bot, 'runs.feed', { owner: 'ada', include: { text: true } });
    const runInput = encodeURIComponent(JSON.stringify({ runId: scene.live }));
    const feedInput = encodeURIComponent(JSON.stringify({ owner: 'ada', include: { text: true } }));
    const streams = await Promise.all(
      [
        `/trpc/runs.events?input=${runInput}`,
        `/trpc/runs.feed?input=${feedInput}`,
        `/api/stream/events/${scene.live}`,
      ].map((path) => scene.app.fetch(path, token)),
    );
    demote(id);
    expect(await endOf(bot, run)).toBe('RUN_NOT_FOUND');
    await commitForFeeds();
    expect(await endOf(bot, feed)).toBe('FORBIDDEN');
    for (const stream of streams) {
      // One with an error event, one that is cut.
      const end = stream.text().then(
        (text) => text.slice(-600),
        () => 'cut',
      );
      const what = `the end of ${stream.url}`;
      expect(await within(end, what, { timeoutMs: 4000 })).toMatch(/cut|RUN_NOT_FOUND|FORBIDDEN/);
    }
  });

  test('names no other owner in the message with the refresh', async () => {
    const user = await scene.app.key({ name: 'user', owner: 'root', permissions: [...permissions] });
    await using bot = await scene.socket((await newAdmin()).token);
    expect(await refresh(bot, user.token)).toBeUndefined();
    for (const [path, input] of [
      ['runs.list', { owner: 'ada' }],
      ['keys.list', undefined],
    ] as const) {
      expect((await bot.call('query', path, input)).error?.data.stagewire.code).toBe('FORBIDDEN');
    }
    const start = await bot.call('mutation', 'runs.start', { owner: 'ada', task: 'x' });
    expect(start.error?.data.stagewire.code).toBe('FORBIDDEN');
  });
});

describe('a caller who loses one of several owners', () => {
  test('gets no further event of its runs', async () => {
    await using bot = await scene.socket(await scene.jwt({ team: ['mallory', 'ada'] }));
    const run = await subscribe(bot, 'runs.events', { runId: scene.live });
    const feed = await subscribe(bot, 'runs.feed', { include: { text: true } });
    expect(await refresh(bot, await scene.jwt({ team: ['mallory', 'blue'] }))).toBeUndefined();
    expect(await endOf(bot, run)).toBe('RUN_NOT_FOUND');
    await commitForFeeds();
    expect(await endOf(bot, feed)).toBe('FORBIDDEN');
  });

  test('cannot read between two refreshes', async () => {
    await using bot = await scene.socket();
    const tokens = await Promise.all(['blue', 'red'].map((team) => scene.jwt({ team: ['mallory', team] })));
    const calls = Array.from({ length: 40 }, (_, index) => [
      bot.call('mutation', 'session.refresh', { token: tokens[index % 2] }),
      bot.call('query', 'runs.get', { runId: scene.live }),
      bot.call('query', 'runs.list', { owner: 'ada' }),
    ]);
    expect(JSON.stringify(await Promise.all(calls.flat()))).not.toContain(canary);
  });
});

describe('a refresh is rejected', () => {
  test.each<readonly [string, () => Promise<string> | string, string]>([
    ['with a link to a run of another owner', () => scene.link, 'FORBIDDEN'],
    ['with the key of another owner', () => scene.admin, 'FORBIDDEN'],
    ['with a token of another owner', () => scene.jwt({ team: 'blue' }), 'FORBIDDEN'],
    ['with a token of nearly the same owner', () => scene.jwt({ team: 'Mallory' }), 'FORBIDDEN'],
    ['with nothing', () => '', 'UNAUTHENTICATED'],
    ['with two tokens', () => `${scene.mallory} ${scene.mallory}`, 'UNAUTHENTICATED'],
    ['with a scheme', () => `Bearer ${scene.mallory}`, 'UNAUTHENTICATED'],
  ])('%s, and the identity is as before', async (_name, token, code) => {
    await using bot = await scene.socket();
    expect(await refresh(bot, await token())).toBe(code);
    const info = await bot.call('query', 'server.info');
    expect(info).toMatchObject({ result: { data: { you: { owner: 'mallory' } } } });
  });

  test('in an HTTP batch with a link, before a call for its run', async () => {
    const answer = await scene.http(
      {
        method: 'POST',
        path: '/trpc/session.refresh,runs.cancel?batch=1',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          0: { token: scene.link },
          1: { runId: scene.live, commandId: randomUUID(), target: 'run' },
        }),
      },
      scene.mallory,
    );
    expect(answer).toContain('FORBIDDEN');
    expect(answer).toContain('RUN_NOT_FOUND');
  });
});

describe('two owners with one id', () => {
  const body = (runId: string) => ({ runId, task: 'the same task' });

  test('at the same time: one has the run, and it does not exist for the other', async () => {
    for (let round = 0; round < 8; round += 1) {
      const runId = scene.newId();
      const tokens = [scene.ada, scene.mallory];
      const answers = await Promise.all(tokens.map((token) => scene.call('runs.start', body(runId), token)));
      const codes = answers.map(codeIn);
      expect(new Set(codes)).toEqual(new Set(['RUN_ID_CONFLICT', undefined]));
      const loser = tokens[codes.indexOf('RUN_ID_CONFLICT')];
      expect(codeIn(await scene.call('runs.get', { runId }, loser))).toBe('RUN_NOT_FOUND');
    }
  });

  test('conflict in the same words, whatever the body and the state of the run', async () => {
    const answers: string[] = [];
    for (const runId of [scene.live, scene.ended, scene.deleted]) {
      for (const more of [{ task: `${canary} task` }, { task: 'x' }, { from: { runId } }]) {
        const answer = await scene.call('runs.start', { runId, ...more });
        answers.push(answer.replaceAll(runId, '').replace(/^.*\} (?=\{)/, ''));
      }
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('RUN_ID_CONFLICT');
  });

  test('one of which is deleted meanwhile: it is never another run', async () => {
    const runId = scene.newId();
    await scene.call('runs.start', body(runId), scene.ada);
    await scene.call('runs.cancel', { runId, commandId: randomUUID(), target: 'run' }, scene.ada);
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => scene.call('runs.start', body(runId))),
      scene.call('runs.delete', { runId }, scene.ada),
      ...Array.from({ length: 10 }, () => scene.call('runs.start', body(runId))),
    ]);
    answers.splice(10, 1);
    expect(new Set(answers.map(codeIn))).toEqual(new Set(['RUN_ID_CONFLICT']));
  });

  test('that one waits for: it gets nothing when the other creates the run', async () => {
    const runId = scene.newId();
    await using bot = await scene.socket();
    const waiting = Array.from({ length: 20 }, () => bot.subscribe('runs.events', { runId }));
    const started = scene.call('runs.start', { ...body(runId), task: canary }, scene.ada);
    for (const id of waiting) expect(await endOf(bot, id)).toBe('RUN_NOT_FOUND');
    await started;
    expect(await endOf(bot, bot.subscribe('runs.events', { runId }))).toBe('RUN_NOT_FOUND');
  });

  test('of a command have nothing to do with each other', async () => {
    const commandId = randomUUID();
    const steer = { commandId, text: 'of ada', mode: 'next', expect: 'any' };
    const runId = scene.newId();
    await scene.call('runs.start', body(runId), scene.ada);
    await scene.call('runs.steer', { runId, ...steer }, scene.ada);
    for (const text of ['of ada', 'of mallory']) {
      expect(codeIn(await scene.call('runs.steer', { runId, ...steer, text }))).toBe('RUN_NOT_FOUND');
    }
    const own = { runId: scene.own, ...steer, text: 'of mallory' };
    expect(await scene.call('runs.steer', own)).toMatch(/^200/);
    const run = JSON.stringify(await scene.data('runs.get', { runId }, scene.ada));
    expect(run).not.toContain('of mallory');
  });
});

test('nothing of it has changed a run of ada', async () => {
  expect(await scene.stateOfLive()).toEqual(before);
});
