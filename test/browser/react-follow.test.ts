import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { reviewDelta, secondStage, startReactSite, type ReactSite } from '../support/react-site.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import type { ReactPage } from './pages/react-page.tsx';

declare const window: { readonly page: ReactPage };

const inChromium = await describeInChromium();

let site: ReactSite;
beforeAll(async () => {
  if (inChromium !== describe.skip) site = await startReactSite();
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

inChromium('useRun', () => {
  test('renders at most once per picture while 200 tokens come each second', async () => {
    const runId = await site.server.runs.begin();
    const tab = await site.open();
    await tab.mount({ runId, parts: ['run a', 'run b'] });
    await expect.poll(() => tab.status('run a')).toBe('running');
    const before = await tab.page.evaluate(() => ({
      ...window.page.renders,
      pictures: window.page.pictures,
    }));
    const said = await site.stream(runId, { tokens: 400, everyMs: 5 });
    await expect.poll(() => tab.text('run a')).toBe(said);
    const { renders, pictures, torn, lengths } = await tab.counts();
    const rendered = (renders['run a'] ?? 0) - (before['run a' as keyof typeof before] ?? 0);
    const shown = pictures - before.pictures;
    console.info(`400 tokens in 2 s: ${rendered} renders, ${shown} pictures`);
    expect(rendered).toBeGreaterThan(10);
    expect(rendered).toBeLessThanOrEqual(shown + 5);
    expect(lengths.every((length, at) => at === 0 || length > (lengths[at - 1] ?? 0))).toBe(true);
    expect(torn).toBe(0);
    expect(await tab.complaints()).toEqual([]);
  });

  test('keeps what happens in one stage from rendering the others', async () => {
    const runId = await site.server.runs.begin();
    await site.server.runs.say(runId, 'first');
    const tab = await site.open();
    await tab.mount({ runId, parts: ['stage 1', 'stage 2', 'run'] });
    await expect.poll(() => tab.text('stage 1')).toBe('first');
    await site.server.runs.append(runId, ...secondStage);
    await expect.poll(() => tab.status('run')).toBe('running');
    await site.server.runs.append(runId, reviewDelta(0, 'be'));
    await expect.poll(() => tab.text('stage 2')).toBe('be');
    const before = (await tab.counts()).renders;
    for (let at = 0; at < 40; at += 1) {
      await site.server.runs.append(runId, reviewDelta(2 + at, 'x'));
      // Each comes by itself, or they would be one rendering.
      await pause(5);
    }
    await expect.poll(() => tab.text('stage 2')).toHaveLength(42);
    const after = (await tab.counts()).renders;
    expect(after['stage 1']).toBe(before['stage 1']);
    expect(after['stage 2']).toBeGreaterThan(before['stage 2'] ?? 0);
  });

  test('has one subscription for all that show a run, under StrictMode too, and lets go of it', async () => {
    await using proxy = await startTcpProxy({ targetPort: site.server.port });
    const runId = await site.server.runs.begin();
    await site.server.runs.say(runId, 'hello');
    const tab = await site.open();
    await tab.mount({
      runId,
      parts: ['run a', 'run b', 'stage 1'],
      strict: true,
      warm: true,
      port: proxy.port,
    });
    await expect.poll(() => tab.text('stage 1')).toBe('hello');
    expect(await tab.text('run b')).toBe('hello');
    expect(tab.sent.filter((it) => it.includes('"runs.events"'))).toHaveLength(1);
    expect(proxy.accepted).toBe(1);

    await tab.page.evaluate(() => window.page.unmount());
    await expect.poll(() => tab.sent.some((it) => it.includes('subscription.stop'))).toBe(true);
    await expect.poll(() => proxy.connections).toBe(0);
    const heard = tab.received.length;
    await site.server.runs.say(runId, ' nobody listens');
    // Silence is observed.
    await pause(50);
    expect(tab.received).toHaveLength(heard);
    expect(await tab.complaints()).toEqual([]);
  });

  test('takes over what a server rendered and goes on from there, without a seam', async () => {
    const runId = await site.server.runs.begin();
    let said = await site.stream(runId, { tokens: 50, everyMs: 0 });
    const tab = await site.open();
    // Text comes before the page is asked for, while it is rendered and loaded, and after that.
    const streaming = site.stream(runId, { tokens: 300, everyMs: 3 });
    await tab.page.goto(`${site.url}/rendered/${runId}`);
    const rendered = await tab.page.evaluate(() => document.querySelector('pre')?.textContent ?? '');
    await tab.page.evaluate(() => {
      const { url, initial } = JSON.parse(document.getElementById('given')?.textContent ?? '') as {
        url: string;
        initial: Parameters<ReactPage['hydrate']>[0]['initial'];
      };
      window.page.hydrate({ url, initial });
    });
    said += await streaming;
    await expect.poll(() => tab.text('run')).toBe(said);
    const { lengths } = await tab.counts();
    expect(rendered.length).toBeGreaterThanOrEqual(50);
    expect(said.startsWith(rendered)).toBe(true);
    expect(lengths[0]).toBe(rendered.length);
    expect(lengths.every((length, at) => at === 0 || length > (lengths[at - 1] ?? 0))).toBe(true);
    const [asked] = tab.sent.filter((it) => it.includes('"runs.events"'));
    expect(asked).toContain('"lastEventId":"1-');
    expect(await tab.complaints()).toEqual([]);
  });

  test('says that the connection is lost, and since when, and heals', async () => {
    await using proxy = await startTcpProxy({ targetPort: site.server.port });
    const runId = await site.server.runs.begin();
    await site.server.runs.say(runId, 'before');
    const from = Date.now();
    const tab = await site.open();
    await tab.mount({ runId, parts: ['run'], port: proxy.port });
    await expect.poll(() => tab.text('run')).toBe('before');
    const lostAfter = Date.now();
    proxy.target(1);
    proxy.reset();
    await expect.poll(() => tab.connection()).toBe('lost');
    const since = await tab.page.evaluate(() => window.page.run?.connection.since);
    // When the last message arrived.
    expect(since).toBeGreaterThanOrEqual(from - 5);
    expect(since).toBeLessThanOrEqual(lostAfter + 1000);
    await site.server.runs.say(runId, ' and meanwhile');
    expect(await tab.text('run')).toBe('before');
    proxy.target(site.server.port);
    await expect.poll(() => tab.connection(), { timeout: 15_000 }).toBe('open');
    await expect.poll(() => tab.text('run')).toBe('before and meanwhile');
  });

  test('says why a run cannot be followed', async () => {
    const tab = await site.open();
    await tab.mount({ runId: 'run_nobody-knows', parts: ['run'] });
    await expect.poll(() => tab.status('run')).toBe('unavailable');
    expect(await tab.page.evaluate(() => String(window.page.run?.error))).toMatch(
      /StagewireError: Run run_nobody-knows /,
    );
  });
});

inChromium('useRuns', () => {
  test('lists the newest runs with these labels and keeps them up to date', async () => {
    const mine = { labels: { team: 'a' } };
    await site.server.runs.begin(mine);
    const second = await site.server.runs.begin(mine);
    const tab = await site.open();
    await tab.mount({ runId: second, parts: ['list'] });
    await expect.poll(() => tab.list()).toEqual(['task: running coder', 'task: running coder']);
    await site.server.runs.begin({ labels: { team: 'b' } });
    await site.server.runs.finish(second);
    await expect.poll(() => tab.list()).toEqual(['task: completed', 'task: running coder']);
    await site.server.runs.begin(mine);
    const last = await site.server.runs.begin(mine);
    const newest = ['task: running coder', 'task: running coder', 'task: completed'];
    await expect.poll(() => tab.list()).toEqual(newest);
    const before = (await tab.counts()).renders['list'];
    // What changes nothing of what is shown renders nothing.
    await site.server.runs.append(last, { type: 'run.planned', roles: [], cause: 'review' });
    // Silence is observed.
    await pause(50);
    expect((await tab.counts()).renders['list']).toBe(before);
  });
});
