import type { Page } from 'playwright-core';
import { buildConsole } from '../../console/build.ts';
import { consoleFolder, createConsoleRoutes } from '../../server/transport/http/console-routes.ts';
import { startApiServer } from './api-server.ts';
import { launchChromium } from './chromium.ts';
import { noteComplaints, type PageOptions } from './console.ts';
import type { ScriptedRuns } from './scripted-runs.ts';

/** The real console in a real browser, over runs that do what a test says. */
export interface ScriptedConsole extends AsyncDisposable {
  readonly runs: ScriptedRuns;
  /** A page at a path of the console, in a browser of its own as far as storage goes. */
  open(path: string, options?: PageOptions): Promise<Page>;
}

export async function openScriptedConsole(): Promise<ScriptedConsole> {
  await buildConsole();
  await using opened = new AsyncDisposableStack();
  const addRoutes = createConsoleRoutes({ folder: consoleFolder });
  const server = opened.use(await startApiServer({ addRoutes, admission: { hosts: ['127.0.0.1'] } }));
  const chromium = opened.use(await launchChromium());
  const kept = opened.move();
  return {
    runs: server.runs,
    async open(path, options) {
      const page = await chromium.newPage({ viewport: { width: 1440, height: 900 }, ...options });
      noteComplaints(page);
      await page.goto(`http://127.0.0.1:${server.port}${path}`);
      return page;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
