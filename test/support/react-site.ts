import { setTimeout as pause } from 'node:timers/promises';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { connect } from '@stagewire/client';
import type { EventBody } from '@stagewire/shared';
import type { Page } from 'playwright-core';
import { RenderedApp } from '../browser/pages/shown-run.tsx';
import type { MountOptions, ReactPage } from '../browser/pages/react-page.tsx';
import { startApiServer, type ApiServer } from './api-server.ts';
import { launchChromium } from './chromium.ts';
import { startPageSite } from './page-site.ts';

declare const window: { readonly page: ReactPage };

/** The page with the hooks in a real browser, beside the real router, transport and log, over scripted runs. */
export interface ReactSite extends AsyncDisposable {
  readonly server: ApiServer;
  readonly url: string;
  /** The site's page, with cookies and storage of its own. */
  open(): Promise<ReactTab>;
  /** The run says so many numbered tokens; resolves with all of them together. */
  stream(runId: string, options: { readonly tokens: number; readonly everyMs: number }): Promise<string>;
}

/** One open page, and what a person would see on it. */
export interface ReactTab {
  readonly page: Page;
  /** What has gone over its WebSockets. */
  readonly sent: readonly string[];
  readonly received: readonly string[];
  mount(options: Omit<MountOptions, 'url'> & { readonly port?: number }): Promise<void>;
  /** What the page has counted so far. */
  counts(): Promise<Pick<ReactPage, 'renders' | 'pictures' | 'lengths' | 'torn'>>;
  text(name: string): Promise<string | null>;
  status(name: string): Promise<string | null>;
  connection(): Promise<string | null>;
  /** What the commands of the run have come to, the pending ones first. */
  fates(): Promise<string[]>;
  list(): Promise<string[]>;
  /** Errors and warnings of React, of the page and of its network. */
  complaints(): Promise<string[]>;
}

export async function startReactSite(): Promise<ReactSite> {
  await using opened = new AsyncDisposableStack();
  const server = opened.use(await startApiServer({ admission: { hosts: ['127.0.0.1'] } }));
  const script = 'test/browser/pages/react-page.tsx';
  const site = opened.use(await startPageSite({ script, prerender: (path) => prerender(server, path) }));
  const chromium = opened.use(await launchChromium());
  const kept = opened.move();
  return {
    server,
    url: site.url,
    async open() {
      const page = await chromium.newPage();
      page.setDefaultTimeout(10_000);
      await page.goto(site.url);
      return createTab(page, server.port);
    },
    async stream(runId, { tokens, everyMs }) {
      let said = '';
      for (let at = 0; at < tokens; at += 1) {
        said += `${at} `;
        await server.runs.say(runId, `${at} `);
        // Text that comes in its time, while a page is rendered and loaded.
        if (everyMs > 0) await pause(everyMs);
      }
      return said;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function createTab(page: Page, serverPort: number): ReactTab {
  const heard: string[] = [];
  const sent: string[] = [];
  const received: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') heard.push(message.text());
  });
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => sent.push(String(payload)));
    socket.on('framereceived', ({ payload }) => received.push(String(payload)));
  });
  return {
    page,
    sent,
    received,
    mount: ({ port = serverPort, ...rest }) =>
      page.evaluate((given) => window.page.mount(given), { ...rest, url: `http://127.0.0.1:${port}` }),
    counts: () =>
      page.evaluate(() => {
        const { renders, pictures, lengths, torn } = window.page;
        return { renders: { ...renders }, pictures, lengths: [...lengths], torn };
      }),
    text: (name) => page.locator(`[data-name="${name}"] pre`).textContent(),
    status: (name) => page.locator(`[data-name="${name}"] b`).textContent(),
    connection: () => page.locator('[data-name="run"] i').textContent(),
    fates: () => page.locator('[data-name="run"] li').allTextContents(),
    list: async () =>
      (await page.locator('[data-name="list"] p').allTextContents()).map((text) => text.trim()),
    complaints: async () => [...(await page.evaluate(() => window.page.complaints)), ...heard],
  };
}

/** What a server that renders pages does: it asks for the state, renders it, and sends it along. */
async function prerender(server: ApiServer, path: string) {
  const [, runId] = /^\/rendered\/(.+)$/.exec(path) ?? [];
  if (runId === undefined) return { app: '', more: '' };
  const url = `http://127.0.0.1:${server.port}`;
  await using stagewire = connect({ url });
  const initial = await stagewire.run(runId).snapshot();
  const app = renderToString(createElement(RenderedApp, { url, initial, watcher: { rendered() {} } }));
  const given = JSON.stringify({ url, initial }).replaceAll('<', String.raw`\u003c`);
  return { app, more: `<script type="application/json" id="given">${given}</script>` };
}

const reviewer = { stage: 2, role: 'reviewer', attempt: 1 } as const;
const usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' } as const;

/** The scripted coder ends, and a reviewer begins. */
export const secondStage: readonly EventBody[] = [
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

/** What that reviewer says. */
export function reviewDelta(offset: number, text: string): EventBody {
  return { type: 'stage.delta', ...reviewer, offset, text };
}
