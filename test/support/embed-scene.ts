import { connect, type Run, type RunState, type Stagewire } from '@stagewire/client';
import { StagewireError, type Permission } from '@stagewire/shared';
import type { Page } from 'playwright-core';
import { allPermissions } from '../../server/identity/principal.ts';
import type { Identify } from '../../server/identity/identify.ts';
import { startApiServer, type ApiServer } from './api-server.ts';
import { launchChromium, type Chromium } from './chromium.ts';
import { createEmbeddingApp, type EmbeddingApp } from './embedding-app.ts';
import { startServerProcess } from './server-process.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { complaintsOf } from './watched-page.ts';

/** The app of docs/EMBED.md, in a browser, beside the server it talks to. */
export interface EmbedScene extends AsyncDisposable {
  readonly app: EmbeddingApp;
  /** Another client of the same server: whoever else acts on a run. */
  readonly stagewire: Stagewire;
  /** A server that knows one person, ann, by one token, `good`, over scripted runs. */
  readonly signedServer: ApiServer;
  /** What ann may do there, from now on. */
  permit(permissions: readonly Permission[]): void;
  /** An empty page of the browser. */
  newPage(): Promise<Page>;
  /** A page of the app, opened. */
  open(path: string): Promise<OpenPage>;
  /** Starts a run and waits until its coder has said as much as it will by itself, or `chars`. */
  start(input?: Partial<StartInput>, chars?: number): Promise<Run>;
  /** Cuts the pages off the server, and lets nobody in until `heal`. */
  cut(): void;
  heal(): void;
}

export interface OpenPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

type StartInput = Parameters<Stagewire['start']>[0];

/** What a stage has said by itself before it stalls. */
export const stalledChars = 300;

/** The architect is quick; who comes after it never ends by itself: so nobody need type fast. */
const models = {
  STAGEWIRE_MODEL: `rehearsal/ttft=0,tps=0,reasoning=0,fault=stall@${stalledChars}`,
  STAGEWIRE_MODEL_ARCHITECT: 'rehearsal/ttft=0,tps=0,reasoning=0,chars=300',
  STAGEWIRE_MODEL_REVIEWER: 'rehearsal/ttft=0,tps=0,reasoning=0,fault=stall@20',
};

/** What the page leaves to its reader: an app for the provider to go around. */
const signedApp = `import { createRoot } from 'react-dom/client';
import { Runs } from './runs.tsx';
import { Signed } from './signed.tsx';
createRoot(document.getElementById('root')!).render(<Signed><Runs team="payments" onPick={() => {}} /></Signed>);
`;

/** The same for the parts that know who the caller is. */
const offeredApp = `import { createRoot } from 'react-dom/client';
import { Asking } from './asking.tsx';
import { Offered } from './offered.tsx';
const runId = new URLSearchParams(location.search).get('run') ?? '';
createRoot(document.getElementById('root')!).render(<Asking><Offered runId={runId} /></Asking>);
`;

/** As the page's own apps do, its address names the run. */
const filesApp = (url: string) => `import { createRoot } from 'react-dom/client';
import { StagewireProvider } from '@stagewire/client/react';
import { Files, Prompt } from './files.tsx';
import { ModelField } from './models.tsx';
import { Versions, Writing } from './versions.tsx';
const runId = new URLSearchParams(location.search).get('run') ?? '';
createRoot(document.getElementById('root')!).render(
  <StagewireProvider url="${url}">
    <Files runId={runId} />
    <Prompt runId={runId} stage={2} attempt={1} />
    <Versions runId={runId} path="notes/limits.md" />
    <Writing runId={runId} />
    <ModelField name="model" />
  </StagewireProvider>,
);
`;

/** @param withChromium If not, the scene is there for what needs no browser, and its pages cannot be opened. */
export async function createEmbedScene(withChromium: boolean): Promise<EmbedScene> {
  await using opened = new AsyncDisposableStack();
  // The pages come over a proxy, whose port they name.
  const server = opened.use(await startServerProcess({ env: { ...models, STAGEWIRE_HOSTS: '127.0.0.1' } }));
  let permitted: readonly Permission[] = allPermissions;
  const identify = identifyAnn(() => permitted);
  const signedServer = opened.use(await startApiServer({ identify }));
  const proxy = opened.use(await startTcpProxy({ targetPort: server.port }));
  const stagewire = opened.use(connect({ url: server.url }));
  const app = opened.use(
    await createEmbeddingApp({
      addresses: {
        'http://localhost:4600': `http://127.0.0.1:${proxy.port}`,
        'https://stagewire.example': `http://127.0.0.1:${signedServer.port}`,
      },
      pages: {
        'show.html': 'src/show.ts',
        'main.html': 'src/main.tsx',
        'desk.html': 'src/desk.tsx',
        'files.html': 'src/files-app.tsx',
        'signed.html': 'src/signed-app.tsx',
        'offered.html': 'src/offered-app.tsx',
        'story.html': 'src/story.tsx',
      },
      files: {
        'src/files-app.tsx': filesApp(`http://127.0.0.1:${proxy.port}`),
        'src/signed-app.tsx': signedApp,
        'src/offered-app.tsx': offeredApp,
      },
    }),
  );
  const launched = withChromium ? opened.use(await launchChromium()) : undefined;
  const chromium = (): Chromium => {
    if (launched === undefined) throw new Error('This scene has no Chromium.');
    return launched;
  };
  const kept = opened.move();
  return {
    app,
    stagewire,
    signedServer,
    permit(permissions) {
      permitted = permissions;
    },
    newPage: () => chromium().newPage(),
    async open(path) {
      const page = await chromium().newPage();
      const complaints = complaintsOf(page);
      await page.goto(`${app.pagesUrl}${path}`);
      return { page, complaints };
    },
    async start(input = {}, chars = stalledChars) {
      const run = await stagewire.start({ ...input, task: input.task ?? 'A queue' });
      let said = 0;
      for await (const event of run.events()) {
        if (event.type === 'stage.delta' && event.role === 'coder') said = event.offset + event.text.length;
        if (said >= chars) return run;
      }
      throw new Error(`Of ${chars} characters, the coder of ${run.id} has said ${said}.`);
    },
    cut() {
      proxy.target(1);
      proxy.reset();
    },
    heal: () => proxy.target(server.port),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const identifyAnn =
  (permissions: () => readonly Permission[]): Identify =>
  ({ headers }, params) => {
    const token = params?.['token'] ?? headers.authorization?.replace('Bearer ', '');
    if (token !== 'good') throw new StagewireError('UNAUTHENTICATED', 'The server does not know you.');
    return { actor: { id: 'ann', kind: 'user' }, owner: 'ann', permissions: permissions() };
  };

/** Each stage's text, as the pages show it. */
export function textsIn({ stages }: RunState): string[] {
  return stages.map(({ attempts }) => attempts.at(-1)?.text ?? '');
}
