import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { connect } from '@stagewire/client';
import { StagewireError, type EventBody } from '@stagewire/shared';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApiServer, type ApiServer } from '../support/api-server.ts';
import { describeInChromium, launchChromium, type Chromium } from '../support/chromium.ts';
import { startPageSite, type PageSite } from '../support/page-site.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import type { MountOptions, ReactPage } from './pages/react-page.tsx';
import { RenderedApp } from './pages/shown-run.tsx';

// The hooks in a real browser, against the real router, transport and log, over scripted runs.

declare const window: { readonly page: ReactPage };

const inChromium = await describeInChromium();

let server: ApiServer;
let site: PageSite;
let chromium: Chromium;

inChromium('useRun', () => {
  beforeAll(async () => {
    server = await startApiServer({ admission: { hosts: ['127.0.0.1'] } });
    site = await startPageSite({ script: 'test/browser/pages/react-page.tsx', prerender });
    chromium = await launchChromium();
  });
  afterAll(async () => {
    await chromium?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('renders at most once per picture while 200 tokens come each second', async () => {
    const runId = await server.runs.begin();
    const page = await openPage();
    await mount(page, { runId, parts: ['run a', 'run b'] });
    await expect.poll(() => statusOf(page, 'run a')).toBe('running');
    const before = await page.evaluate(() => ({ ...window.page.renders, pictures: window.page.pictures }));
    const said = await stream(runId, { tokens: 400, everyMs: 5 });
    await expect.poll(() => textOf(page, 'run a')).toBe(said);
    const { renders, pictures, torn, lengths } = await read(page);
    const rendered = (renders['run a'] ?? 0) - (before['run a' as keyof typeof before] ?? 0);
    const shown = pictures - before.pictures;
    console.info(`400 tokens in 2 s: ${rendered} renders, ${shown} pictures`);
    expect(rendered).toBeGreaterThan(10);
    expect(rendered).toBeLessThanOrEqual(shown + 5);
    expect(lengths.every((length, at) => at === 0 || length > (lengths[at - 1] ?? 0))).toBe(true);
    expect(torn).toBe(0);
    expect(await complaintsOf(page)).toEqual([]);
  });

  test('keeps what happens in one stage from rendering the others', async () => {
    const runId = await server.runs.begin();
    await server.runs.say(runId, 'first');
    const page = await openPage();
    await mount(page, { runId, parts: ['stage 1', 'stage 2', 'run'] });
    await expect.poll(() => textOf(page, 'stage 1')).toBe('first');
    await server.runs.append(runId, ...secondStage);
    await expect.poll(() => statusOf(page, 'run')).toBe('running');
    await server.runs.append(runId, delta(0, 'be'));
    await expect.poll(() => textOf(page, 'stage 2')).toBe('be');
    const before = (await read(page)).renders;
    for (let at = 0; at < 40; at += 1) {
      await server.runs.append(runId, delta(2 + at, 'x'));
      await pause(5);
    }
    await expect.poll(() => textOf(page, 'stage 2')).toHaveLength(42);
    const after = (await read(page)).renders;
    expect(after['stage 1']).toBe(before['stage 1']);
    expect(after['stage 2']).toBeGreaterThan(before['stage 2'] ?? 0);
  });

  test('has one subscription for all that show a run, under StrictMode too, and lets go of it', async () => {
    await using proxy = await startTcpProxy({ targetPort: server.port });
    const runId = await server.runs.begin();
    await server.runs.say(runId, 'hello');
    const page = await openPage();
    const frames = framesOf(page);
    await mount(page, {
      runId,
      parts: ['run a', 'run b', 'stage 1'],
      strict: true,
      warm: true,
      port: proxy.port,
    });
    await expect.poll(() => textOf(page, 'stage 1')).toBe('hello');
    expect(await textOf(page, 'run b')).toBe('hello');
    expect(frames.sent.filter((it) => it.includes('"runs.events"'))).toHaveLength(1);
    expect(proxy.accepted).toBe(1);

    await page.evaluate(() => window.page.unmount());
    await expect.poll(() => frames.sent.some((it) => it.includes('subscription.stop'))).toBe(true);
    await expect.poll(() => proxy.connections).toBe(0);
    const heard = frames.received.length;
    await server.runs.say(runId, ' nobody listens');
    await pause(50);
    expect(frames.received).toHaveLength(heard);
    expect(await complaintsOf(page)).toEqual([]);
  });

  test('takes over what a server rendered and goes on from there, without a seam', async () => {
    const runId = await server.runs.begin();
    let said = await stream(runId, { tokens: 50, everyMs: 0 });
    const page = await openPage();
    const frames = framesOf(page);
    // Text comes before the page is asked for, while it is rendered and loaded, and after that.
    const streaming = stream(runId, { tokens: 300, everyMs: 3 });
    await page.goto(`${site.url}/rendered/${runId}`);
    const rendered = await page.evaluate(() => document.querySelector('pre')?.textContent ?? '');
    await page.evaluate(() => {
      const { url, initial } = JSON.parse(document.getElementById('given')?.textContent ?? '') as {
        url: string;
        initial: Parameters<ReactPage['hydrate']>[0]['initial'];
      };
      window.page.hydrate({ url, initial });
    });
    said += await streaming;
    await expect.poll(() => textOf(page, 'run')).toBe(said);
    const { lengths } = await read(page);
    expect(rendered.length).toBeGreaterThanOrEqual(50);
    expect(said.startsWith(rendered)).toBe(true);
    expect(lengths[0]).toBe(rendered.length);
    expect(lengths.every((length, at) => at === 0 || length > (lengths[at - 1] ?? 0))).toBe(true);
    const [asked] = frames.sent.filter((it) => it.includes('"runs.events"'));
    expect(asked).toContain('"lastEventId":"1-');
    expect(await complaintsOf(page)).toEqual([]);
  });

  test('says that the connection is lost, and since when, and heals', async () => {
    await using proxy = await startTcpProxy({ targetPort: server.port });
    const runId = await server.runs.begin();
    await server.runs.say(runId, 'before');
    const page = await openPage();
    await mount(page, { runId, parts: ['run'], port: proxy.port });
    await expect.poll(() => textOf(page, 'run')).toBe('before');
    const from = Date.now();
    proxy.target(1);
    proxy.reset();
    await expect.poll(() => connectionOf(page)).toBe('lost');
    const since = await page.evaluate(() => window.page.run?.connection.since);
    expect(since).toBeGreaterThanOrEqual(from - 5);
    expect(since).toBeLessThanOrEqual(Date.now());
    await server.runs.say(runId, ' and meanwhile');
    expect(await textOf(page, 'run')).toBe('before');
    proxy.target(server.port);
    await expect.poll(() => connectionOf(page), { timeout: 15_000 }).toBe('open');
    await expect.poll(() => textOf(page, 'run')).toBe('before and meanwhile');
  });

  test('shows a command from the moment it is sent until its fate is known', async () => {
    const runId = await server.runs.begin();
    const page = await openPage();
    await mount(page, { runId, parts: ['run'] });
    await expect.poll(() => statusOf(page, 'run')).toBe('running');
    const held = Promise.withResolvers<void>();
    await page.route(/runs\.steer/, async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.evaluate(() => void window.page.run?.steer('shorter'));
    await expect.poll(() => fatesOf(page)).toEqual(['sending']);
    held.resolve();
    await expect.poll(() => fatesOf(page)).toEqual(['accepted']);
    const command = server.runs.commands.at(-1);
    if (command === undefined) throw new Error('no command came');
    expect(command).toMatchObject({ text: 'shorter', mode: 'restart', scope: 'run', expect: { stage: 1 } });
    const { commandId } = command;
    await server.runs.append(runId, { type: 'command.accepted', commandId, actor, command, target: null });
    await expect.poll(() => page.evaluate(() => window.page.run?.pendingCommands.length)).toBe(0);
    expect(await fatesOf(page)).toEqual(['accepted']);
    await server.runs.append(runId, { type: 'command.applied', commandId, stage: 1, attempt: 1 });
    await expect.poll(() => fatesOf(page)).toEqual(['applied']);
    expect(await complaintsOf(page)).toEqual([]);
  });

  test('keeps a refused command with its text until it is dismissed', async () => {
    const runId = await server.runs.begin();
    const page = await openPage();
    await mount(page, { runId, parts: ['run'] });
    await expect.poll(() => statusOf(page, 'run')).toBe('running');
    server.runs.refuseNext(new StagewireError('STAGE_MISMATCH', 'another stage'));
    await page.evaluate(() => void window.page.run?.redirect('coder', { text: 'precious words' }));
    await expect.poll(() => fatesOf(page)).toEqual(['refused']);
    const kept = await page.evaluate(() => {
      const [entry] = window.page.run?.pendingCommands ?? [];
      return { command: entry?.command, error: String(entry?.error) };
    });
    expect(kept).toMatchObject({
      command: { kind: 'redirect', to: 'coder', text: 'precious words', expect: { stage: 1 } },
      error: 'StagewireError: another stage',
    });
    await page.evaluate(() => {
      const [entry] = window.page.run?.pendingCommands ?? [];
      if (entry !== undefined) window.page.run?.dismiss(entry.commandId);
    });
    await expect.poll(() => fatesOf(page)).toEqual([]);
    // Nobody looked at the promise, and that is no error of the page.
    expect(await complaintsOf(page)).toEqual([expect.stringContaining('412')]);
  });

  test('sends a command for what the person saw when they began to type', async () => {
    const runId = await server.runs.begin();
    const page = await openPage();
    await mount(page, { runId, parts: ['run'] });
    await expect.poll(() => statusOf(page, 'run')).toBe('running');
    await page.getByRole('textbox').focus();
    await server.runs.append(runId, ...secondStage);
    await expect.poll(() => page.evaluate(() => window.page.run?.current?.stage)).toBe(2);
    expect(await page.evaluate(() => window.page.run?.target)).toEqual({
      stage: 1,
      role: 'coder',
      attempt: 1,
    });
    await page.evaluate(() => window.page.run?.steer('for the coder'));
    expect(server.runs.commands.at(-1)).toMatchObject({ expect: { stage: 1 } });
    // An accepted command has used it.
    await expect.poll(() => page.evaluate(() => window.page.run?.captured)).toBe(false);
    await page.evaluate(() => window.page.run?.steer('for the reviewer'));
    expect(server.runs.commands.at(-1)).toMatchObject({ expect: { stage: 2 } });
    await page.evaluate(() => window.page.run?.cancel());
    expect(server.runs.commands.at(-1)).toMatchObject({ kind: 'cancel', target: 'run', expect: 'any' });
  });

  test('says why a run cannot be followed', async () => {
    const page = await openPage();
    await mount(page, { runId: 'run_nobody-knows', parts: ['run'] });
    await expect.poll(() => statusOf(page, 'run')).toBe('unavailable');
    expect(await page.evaluate(() => String(window.page.run?.error))).toMatch(
      /StagewireError: There is no run/,
    );
  });
});

inChromium('useRuns', () => {
  beforeAll(async () => {
    server = await startApiServer({ admission: { hosts: ['127.0.0.1'] } });
    site = await startPageSite({ script: 'test/browser/pages/react-page.tsx' });
    chromium = await launchChromium();
  });
  afterAll(async () => {
    await chromium?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('lists the newest runs with these labels and keeps them up to date', async () => {
    const mine = { labels: { team: 'a' } };
    await server.runs.begin(mine);
    const second = await server.runs.begin(mine);
    const page = await openPage();
    await mount(page, { runId: second, parts: ['list'] });
    await expect.poll(() => listOf(page)).toEqual(['task: running coder', 'task: running coder']);
    await server.runs.begin({ labels: { team: 'b' } });
    await server.runs.finish(second);
    await expect.poll(() => listOf(page)).toEqual(['task: completed', 'task: running coder']);
    await server.runs.begin(mine);
    const last = await server.runs.begin(mine);
    const newest = ['task: running coder', 'task: running coder', 'task: completed'];
    await expect.poll(() => listOf(page)).toEqual(newest);
    const before = (await read(page)).renders['list'];
    // What changes nothing of what is shown renders nothing.
    await server.runs.append(last, { type: 'run.planned', roles: [], cause: 'review' });
    await pause(50);
    expect((await read(page)).renders['list']).toBe(before);
  });
});

const actor = { id: 'local', kind: 'anonymous' } as const;
const reviewer = { stage: 2, role: 'reviewer', attempt: 1 } as const;
const usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' } as const;
const secondStage: readonly EventBody[] = [
  {
    type: 'stage.completed',
    stage: 1,
    role: 'coder',
    attempt: 1,
    chars: 5,
    finishReason: 'stop',
    usage,
    ttftMs: 1,
    durationMs: 2,
  },
  {
    type: 'stage.started',
    ...reviewer,
    model: 'rehearsal',
    format: 'json',
    cause: 'plan',
    commandIds: [],
    keptChars: 0,
  },
];

function delta(offset: number, text: string): EventBody {
  return { type: 'stage.delta', ...reviewer, offset, text };
}

async function openPage(): Promise<Page> {
  const page = await chromium.newPage();
  page.setDefaultTimeout(10_000);
  await page.goto(site.url);
  const complaints: string[] = [];
  heard.set(page, complaints);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  return page;
}

const heard = new WeakMap<Page, string[]>();

async function complaintsOf(page: Page): Promise<string[]> {
  const own = await page.evaluate(() => window.page.complaints);
  return [...own, ...(heard.get(page) ?? [])];
}

async function mount(page: Page, options: Omit<MountOptions, 'url'> & { readonly port?: number }) {
  const { port = server.port, ...rest } = options;
  await page.evaluate((given) => window.page.mount(given), { ...rest, url: `http://127.0.0.1:${port}` });
}

function read(page: Page) {
  return page.evaluate(() => {
    const { renders, pictures, lengths, torn } = window.page;
    return { renders: { ...renders }, pictures, lengths: [...lengths], torn };
  });
}

/** Says so many numbered tokens; resolves with all of them together. */
async function stream(runId: string, { tokens, everyMs }: { tokens: number; everyMs: number }) {
  let said = '';
  for (let at = 0; at < tokens; at += 1) {
    const token = `${at} `;
    said += token;
    await server.runs.say(runId, token);
    if (everyMs > 0) await pause(everyMs);
  }
  return said;
}

function framesOf(page: Page) {
  const sent: string[] = [];
  const received: string[] = [];
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => sent.push(String(payload)));
    socket.on('framereceived', ({ payload }) => received.push(String(payload)));
  });
  return { sent, received };
}

function textOf(page: Page, name: string) {
  return page.locator(`[data-name="${name}"] pre`).textContent();
}

function statusOf(page: Page, name: string) {
  return page.locator(`[data-name="${name}"] b`).textContent();
}

function connectionOf(page: Page) {
  return page.locator('[data-name="run"] i').textContent();
}

function fatesOf(page: Page) {
  return page.locator('[data-name="run"] li').allTextContents();
}

async function listOf(page: Page) {
  return (await page.locator('[data-name="list"] p').allTextContents()).map((text) => text.trim());
}

/** What a server that renders pages does: it asks for the state, renders it, and sends it along. */
async function prerender(path: string) {
  const [, runId] = /^\/rendered\/(.+)$/.exec(path) ?? [];
  if (runId === undefined) return { app: '', more: '' };
  const url = `http://127.0.0.1:${server.port}`;
  await using stagewire = connect({ url });
  const initial = await stagewire.run(runId).snapshot();
  const app = renderToString(createElement(RenderedApp, { url, initial, watcher: { rendered() {} } }));
  const given = JSON.stringify({ url, initial }).replaceAll('<', String.raw`\u003c`);
  return { app, more: `<script type="application/json" id="given">${given}</script>` };
}

function pause(ms: number) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
