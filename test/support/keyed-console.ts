import { connect, type Stagewire } from '@stagewire/client';
import type { CreateKeyInput } from '@stagewire/shared';
import type { Page } from 'playwright-core';
import { buildConsole } from '../../console/build.ts';
import { launchChromium, type Chromium } from './chromium.ts';
import { noteComplaints, type PageOptions } from './console.ts';
import { makeAccessKey, revokeAccessKey } from './make-access-key.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

type KeyInput = Partial<Omit<CreateKeyInput, 'id' | 'hash'>>;

export interface Person {
  readonly id: string;
  readonly token: string;
  readonly stagewire: Stagewire;
}

/** The real console of a real server with `STAGEWIRE_AUTH=keys`, in a real browser. */
export interface KeyedConsole extends AsyncDisposable {
  readonly url: string;
  readonly server: ServerProcess;
  readonly chromium: Chromium;
  /** Somebody with a key, and a client of theirs. */
  person(input?: KeyInput): Promise<Person>;
  revoke(id: string): Promise<void>;
  /** A page in a browser of its own as far as storage goes: nobody is signed in. */
  open(path: string, options?: PageOptions): Promise<Page>;
  /** Another tab of the same browser. */
  openTab(page: Page, path: string): Promise<Page>;
}

export async function openKeyedConsole(env: Readonly<Record<string, string>> = {}): Promise<KeyedConsole> {
  await buildConsole();
  await using opened = new AsyncDisposableStack();
  const server = opened.use(
    await startServerProcess({
      env: {
        STAGEWIRE_AUTH: 'keys',
        STAGEWIRE_MODEL: 'rehearsal/tps=20,ttft=0,seed=7,reasoning=0',
        ...env,
      },
    }),
  );
  const chromium = opened.use(await launchChromium());
  const { url, dataDir } = server;
  const kept = opened.move();
  const show = async (page: Page, path: string) => {
    page.setDefaultTimeout(10_000);
    noteComplaints(page);
    await page.goto(path.startsWith('http') ? path : url + path);
    return page;
  };
  return {
    url,
    server,
    chromium,
    async person(input) {
      const { id, token } = await makeAccessKey(dataDir, input);
      return { id, token, stagewire: kept.use(connect({ url, token })) };
    },
    revoke: (id) => revokeAccessKey(dataDir, id),
    open: async (path, options) =>
      show(await chromium.newPage({ viewport: { width: 1280, height: 800 }, ...options }), path),
    openTab: async (page, path) => show(await page.context().newPage(), path),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Signs in by the page or dialog that is shown, as a person does. */
export async function signInWith(page: Page, token: string): Promise<void> {
  await page.getByLabel('Access key', { exact: true }).fill(token);
  await page.keyboard.press('Enter');
  await page.getByLabel('Access key', { exact: true }).waitFor({ state: 'detached' });
}
