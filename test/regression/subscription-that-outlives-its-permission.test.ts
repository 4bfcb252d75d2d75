import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../support/bare-socket.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';

let app: KeyedApp;
beforeAll(async () => {
  app = await startKeyedApp();
});
afterAll(() => app?.[Symbol.asyncDispose]());

async function signedIn(token: string) {
  const bot = await connect(app.port, { query: '?connectionParams=1' });
  bot.send({ method: 'connectionParams', data: { protocol: '2', token } });
  expect(await bot.call('query', 'server.info')).toHaveProperty('result');
  return bot;
}

/** Reads frames of a subscription until its error. */
async function codeOfEnd(bot: Awaited<ReturnType<typeof signedIn>>, id: number) {
  for (;;) {
    const frame = await bot.next(id);
    if (frame.error !== undefined) return frame.error.data.stagewire.code;
  }
}

// A key with more permissions opened it, and its expiry or revocation did not end it after a refresh.
test('a subscription ends when a refresh gives the connection an identity that may not read', async () => {
  const reader = await app.key({ owner: 'ann' });
  const starter = await app.key({ owner: 'ann', permissions: ['runs:start'] });
  const runId = await app.startRun(reader.token);
  await using bot = await signedIn(reader.token);
  const events = bot.subscribe('runs.events', { runId });
  const feed = bot.subscribe('runs.feed', {});
  await bot.until(events, 'run.started');
  await bot.until(feed, 'feed.opened');
  const refreshed = await bot.call('mutation', 'session.refresh', { token: starter.token });
  expect(refreshed).toMatchObject({ result: { data: { permissions: ['runs:start'] } } });
  expect(await codeOfEnd(bot, events)).toBe('FORBIDDEN');
  await app.startRun(reader.token);
  expect(await codeOfEnd(bot, feed)).toBe('FORBIDDEN');
  expect(await bot.call('mutation', 'runs.start', { task: 'x' })).toHaveProperty('result');
});

test('a subscription to a run of another owner ends when a refresh takes the permission admin away', async () => {
  const admin = await app.key({ owner: 'ann', permissions: ['admin'] });
  const user = await app.key({ owner: 'ann' });
  const { token: foreign } = await app.key({ owner: 'bob' });
  const own = await app.startRun(user.token);
  const runId = await app.startRun(foreign);
  await using bot = await signedIn(admin.token);
  const theirs = bot.subscribe('runs.events', { runId });
  const ours = bot.subscribe('runs.events', { runId: own });
  await bot.until(theirs, 'run.started');
  await bot.until(ours, 'run.started');
  await bot.call('mutation', 'session.refresh', { token: user.token });
  expect(await codeOfEnd(bot, theirs)).toBe('RUN_NOT_FOUND');
  // It goes on where the new identity has access, beyond the frames that have arrived already.
  for (let count = bot.frames.length + 3; count > 0; count -= 1) {
    expect(await bot.next(ours)).not.toHaveProperty('error');
  }
});
