import { StagewireError } from '@stagewire/shared';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { codeOf, connect, type FeedEvent } from '../../client/index.ts';
import { startApp } from '../../server/app.ts';
import { subscribeToRun } from '../../server/delivery/subscribe-to-run.ts';
import { subscribeToFeed } from '../../server/delivery/subscribe-to-feed.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { allPermissions } from '../../server/identity/principal.ts';
import { RunMissing } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { readConfig } from '../../server/process/config.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

/** A server whose callers name themselves by their token; the part before the dot is the owner. */
async function startShared() {
  const app = await startApp({
    config: readConfig({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_LOG: 'memory',
      STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0,chars=200,reasoning=0',
    }),
    identify({ headers }, params) {
      const token = params?.['token'] ?? headers.authorization?.replace('Bearer ', '');
      if (typeof token !== 'string') throw new StagewireError('UNAUTHENTICATED', 'Sign in first.');
      const owner = token.split('.')[0] ?? '';
      return { actor: { id: token, kind: 'user' }, owner, permissions: allPermissions };
    },
  });
  return {
    as: (token: string) => connect({ url: app.url, token }),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

test('all principals of an owner get one receipt, and other owners learn nothing', async () => {
  await using app = await startShared();
  await using ada = app.as('ada.1');
  await using bot = app.as('ada.bot');
  await using bob = app.as('bob.1');
  const feeds = [bot, bob].map((client) => client.feed({ labels: { none: 'matches' } }));
  for (const feed of feeds) expect((await feed.next()).value).toMatchObject({ type: 'feed.opened' });

  const start = { task: 'Private', pipeline: { roles: ['coder'] } };
  const run = await ada.start(start);
  await run.result();
  expect(await bob.delete(run.id).catch(codeOf)).toBe('RUN_NOT_FOUND');
  // Cached by a call, and still not returned after the deletion.
  await run.snapshot();
  const receipt = await run.delete();
  expect(receipt).toMatchObject({ runId: run.id, actor: { id: 'ada.1', kind: 'user' } });
  expect(await bot.delete(run.id)).toEqual(receipt);

  const calls = (client: typeof ada) => [
    client.run(run.id).snapshot(),
    client.run(run.id).files(),
    client.run(run.id).prompt({ stage: 1, attempt: 1 }),
    client.run(run.id).events().next(),
    client.run(run.id).cancel(),
  ];
  const codes = async (client: typeof ada) => Promise.all(calls(client).map((call) => call.catch(codeOf)));
  expect(await codes(ada)).toEqual(Array(5).fill('RUN_EXPIRED'));
  expect(await codes(bob)).toEqual(Array(5).fill('RUN_NOT_FOUND'));
  expect(await bob.delete(run.id).catch(codeOf)).toBe('RUN_NOT_FOUND');
  for (const client of [ada, bob]) {
    expect(await client.start({ ...start, runId: run.id }).catch(codeOf)).toBe('RUN_ID_CONFLICT');
  }
  const [error] = await Promise.allSettled([bob.start({ ...start, runId: run.id })]);
  expect(String(error?.status === 'rejected' ? error.reason : '')).not.toMatch(/deleted|removed/);
  expect((await ada.list()).items).toEqual([]);

  const [botsFeed, bobsFeed] = feeds;
  const told = (await botsFeed?.next())?.value as FeedEvent;
  expect(told).toMatchObject({ type: 'run.deleted', runId: run.id, at: receipt.deletedAt });
  const bobs = await bob.start({ ...start, labels: { none: 'matches' } });
  expect((await bobsFeed?.next())?.value).toMatchObject({ type: 'run.queued', runId: bobs.id });
});

test('a live run is not deleted: RUN_NOT_ENDED says what it is', async () => {
  await using app = await startShared();
  await using ada = app.as('ada.1');
  const models = { default: 'rehearsal/tps=0,ttft=0,fault=stall@10' };
  const run = await ada.start({ task: 'Live', models, pipeline: { roles: ['coder'] } });
  const error: unknown = await run.delete().catch((rejection: unknown) => rejection);
  expect(error).toMatchObject({ code: 'RUN_NOT_ENDED', details: { runId: run.id } });
  await run.cancel();
  await run.result();
  expect(await run.delete()).toMatchObject({ runId: run.id });
});

test('an open subscription ends with RunMissing at once: no event of a deleted run is sent any more', async () => {
  const log = createMemoryLog({ clock: systemClock });
  const tails = createTails(log, { clock: systemClock });
  const script = createRunScript(runIdOf(1));
  await log.append(script.begin());
  for (let index = 0; index < 40; index += 1) await log.append(script.reasoning('r'));
  await log.append(script.complete());
  const events = subscribeToRun(tails, {
    runId: script.runId,
    after: 0,
    before: undefined,
    include: { reasoning: true },
    signal: new AbortController().signal,
    heartbeatMs: 60_000,
    heartbeat: () => undefined,
  });
  expect((await events.next()).value?.event.type).toBe('run.queued');
  await log.delete(script.runId, { actor: { id: 'ada', kind: 'user' }, at: '2026-01-01T00:00:00.000Z' });
  await expect(events.next()).rejects.toThrow(RunMissing);
  expect(tails.hasSubscribers(script.runId)).toBe(false);
});

test('text that waits for a slow subscriber of the feed is not sent after its run was deleted', async () => {
  const log = createMemoryLog({ clock: systemClock });
  const tails = createTails(log, { clock: systemClock });
  const [kept, gone] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
  let isReading: Promise<void> | undefined;
  const stop = new AbortController();
  const feed = subscribeToFeed(tails, {
    after: 0,
    owners: ['local'],
    text: true,
    mergeMs: 20,
    signal: stop.signal,
    ready: () => isReading,
  });
  await log.append(kept.begin());
  await log.append(gone.begin());
  for (let index = 0; index < 8; index += 1) await feed.next();
  await log.append(kept.deltas('of the other run'));
  await log.append(gone.deltas('secret'));
  // Both texts are due; one is sent, then the client does not read for a while.
  expect((await feed.next()).value?.event).toMatchObject({ text: 'of the other run' });
  const { promise, resolve } = Promise.withResolvers<void>();
  isReading = promise;
  const following = feed.next();
  await log.append(gone.complete());
  await log.delete(gone.runId, { actor: { id: 'ada', kind: 'user' }, at: '2026-01-01T00:00:00.000Z' });
  isReading = undefined;
  resolve();
  expect((await following).value?.event).toMatchObject({ type: 'run.deleted', runId: gone.runId });
  stop.abort();
  await feed.return(undefined);
});

test('a live run that was set aside and deleted is gone, although its executor still has it in memory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stagewire-delete-'));
  const app = await startApp({
    config: readConfig({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_DATA_DIR: directory,
      STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0,fault=stall@10',
    }),
  });
  try {
    await using client = connect({ url: app.url });
    const run = await client.start({ task: 'Private', pipeline: { roles: ['coder'] } });
    for await (const event of run.events()) if (event.type === 'stage.delta') break;
    const database = new DatabaseSync(join(directory, 'log.db'));
    database.exec(`UPDATE events SET event = '{"damaged' WHERE seq = 1`);
    database.close();
    const calls = () => [
      client.run(run.id).events().next(),
      client.run(run.id).snapshot(),
      client.run(run.id).files(),
      client.run(run.id).steer('Go on.'),
    ];
    const codes = async () => Promise.all(calls().map((call) => call.catch(codeOf)));
    // Reading it finds the damage.
    await client
      .run(run.id)
      .events()
      .next()
      .catch(() => undefined);
    expect(await codes()).toEqual(Array(4).fill('RUN_UNREADABLE'));
    await run.delete();
    expect(await codes()).toEqual(Array(4).fill('RUN_EXPIRED'));
  } finally {
    await app.close();
    await rm(directory, { recursive: true });
  }
});
