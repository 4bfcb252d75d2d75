import { randomUUID } from 'node:crypto';
import { connect, fold, type RunState } from '@stagewire/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { inSeconds } from '../support/keyed-peers.ts';
import { tokenIn } from '../support/share-run.ts';
import { within } from '../support/until.ts';

let app: KeyedApp;
let token: string;
beforeAll(async () => {
  app = await startKeyedApp();
  ({ token } = await app.key({ owner: 'ada' }));
});
afterAll(() => app?.[Symbol.asyncDispose]());

const backoff = { minDelayMs: 1, firstDelayMs: 10, maxDelayMs: 30 };
const clientOf = (withToken = token, transport: 'ws' | 'sse' = 'ws') =>
  connect({ url: app.url, token: withToken, backoff, transport });

describe('the client', () => {
  test('creates and removes links, before and after the end of a run', async () => {
    await using client = clientOf();
    const run = await client.start({ task: 'Build it' });
    const until = new Date(inSeconds(3600));
    const first = await run.share({ until });
    expect(await run.share({ may: 'control', commandId: randomUUID() })).not.toEqual(first);
    await run.cancel();
    const ended = await run.result();
    expect(ended.shares.map(({ may, until: at }) => [may, at])).toEqual([
      ['read', until.toISOString()],
      ['control', undefined],
    ]);
    const commandId = randomUUID();
    const late = await run.share({ commandId, until: inSeconds(3600) }).catch((error: unknown) => error);
    expect(late).toMatchObject({ shareId: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
    await run.unshare(first.shareId);
    await expect(run.unshare(first.shareId)).rejects.toMatchObject({
      code: 'SHARE_NOT_FOUND',
      details: { runId: run.id, shareId: first.shareId },
    });
    await expect(run.share({ until: new Date(0) })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const now = await run.snapshot();
    expect(now.shares).toHaveLength(2);
    // What came after the end follows from the last cursor, and folds to the same state.
    let state: RunState | undefined = ended;
    for await (const event of run.events({ from: ended.cursor })) state = fold(state, event);
    expect(state).toEqual(now);
  });

  test.each([
    ['removed', 'ws'],
    ['removed', 'sse'],
    ['expired', 'ws'],
    ['expired', 'sse'],
  ] as const)(
    'with the token of a link reads its run, and stops when the link is %s (over %s)',
    async (how, transport) => {
      await using client = clientOf();
      const run = await client.start({ task: 'Build it' });
      const { shareId, url } = await run.share(how === 'expired' ? { until: inSeconds(3) } : {});
      await using guest = clientOf(tokenIn(url), transport);
      const { you } = await guest.info();
      expect(you).toMatchObject({ link: { runId: run.id, shareId, may: 'read' }, permissions: [] });
      const events = guest.run(run.id).events();
      expect((await events.next()).value).toMatchObject({ type: 'run.queued' });
      await expect(guest.list()).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(guest.run(run.id).steer('x')).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const rest = Array.fromAsync(events);
      if (how === 'removed') await run.unshare(shareId);
      await expect(within(rest, 'the end of the link', { timeoutMs: 10_000 })).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
      });
      expect(guest.connection).toMatchObject({ status: 'refused', transport });
    },
  );

  test('gets links in the feed, also of runs that have ended', async () => {
    await using client = clientOf();
    const run = await client.start({ task: 'Build it' });
    await run.cancel();
    await run.result();
    const feed = client.feed();
    await feed.next();
    const { shareId } = await run.share();
    expect((await feed.next()).value).toMatchObject({ type: 'run.shared', runId: run.id, shareId });
    const { items } = await client.list({ limit: 1 });
    expect(items[0]).toMatchObject({ runId: run.id, status: 'cancelled', shares: [{ shareId }] });
  });
});
