import { connect, type StartInput, type Stagewire } from '@stagewire/client';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { buildConsole } from '../../console/build.ts';
import { launchChromium, type Chromium } from './chromium.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

export interface ConsoleOptions {
  /** The server's model. @default a rehearsal at 100 tokens a second */
  readonly model?: string;
  /** More of the server's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export type PageOptions = Parameters<Browser['newContext']>[0];

/** The real console of a real server in a real browser. */
export interface Console extends AsyncDisposable {
  readonly url: string;
  readonly server: ServerProcess;
  readonly chromium: Chromium;
  /** A client of the same server. */
  readonly stagewire: Stagewire;
  start(input: StartInput): Promise<string>;
  /** A page at a path of the console, in a browser of its own as far as storage goes. */
  open(path: string, options?: PageOptions): Promise<Page>;
  /** Kills the server and starts it again: the same port, the same log. */
  killAndRestart(whileDead: () => Promise<void>): Promise<void>;
}

const complaints = new WeakMap<Page, string[]>();

export async function openConsole(options: ConsoleOptions = {}): Promise<Console> {
  const { model = 'rehearsal/tps=100,ttft=50,seed=7,reasoning=80' } = options;
  await buildConsole();
  await using opened = new AsyncDisposableStack();
  let server = opened.use(await startServerProcess({ env: { ...options.env, STAGEWIRE_MODEL: model } }));
  const chromium = opened.use(await launchChromium());
  const { url, port, dataDir } = server;
  const stagewire = opened.use(connect({ url }));
  const kept = opened.move();
  return {
    url,
    get server() {
      return server;
    },
    chromium,
    stagewire,
    async start(input) {
      return (await stagewire.start(input)).id;
    },
    async open(path, pageOptions) {
      const page = await chromium.newPage({ viewport: { width: 1440, height: 900 }, ...pageOptions });
      noteComplaints(page);
      await page.goto(url + path);
      return page;
    },
    async killAndRestart(whileDead) {
      await server.stop('SIGKILL');
      await whileDead();
      const env = { ...options.env, STAGEWIRE_MODEL: model, STAGEWIRE_PORT: String(port) };
      server = kept.use(await startServerProcess({ env, dataDir }));
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Notes from now on what the browser complains about, for `complaintsOf`. */
export function noteComplaints(page: Page): void {
  const heard: string[] = [];
  complaints.set(page, heard);
  page.on('pageerror', (error) => heard.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') heard.push(message.text());
  });
}

/** What the browser complained about: an error of ours, or something that the page's policy forbids. */
export function complaintsOf(page: Page): readonly string[] {
  // A refused command and a server that is gone are answers the browser complains about as well.
  return (complaints.get(page) ?? []).filter(
    (it) => !/Failed to load resource|WebSocket connection to/.test(it),
  );
}

/** The accessibility rules that a page breaks badly, each with the elements that do. */
export async function seriousProblems(page: Page): Promise<string[]> {
  // Not as a script element, which the page's policy rightly refuses.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    // What is half transparent while it appears has too little contrast for a moment.
    const passing = document
      .getAnimations()
      .filter((it) => it.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(passing.map((it) => it.finished));
    interface Violation {
      readonly id: string;
      readonly impact: string;
      readonly nodes: readonly { readonly html: string }[];
    }
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  });
}
