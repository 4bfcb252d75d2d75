import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build, type Rolldown } from 'vite';
import { reactAlias } from './react-folder.ts';
import { projectRoot } from './source-tree.ts';

/** A small site on loopback whose pages run one script of ours in a browser. */
export interface PageSite extends AsyncDisposable {
  /** The page whose place for the app holds what `prerender` gave for its path. */
  readonly url: string;
}

export interface PageSiteOptions {
  /** The script, by its path from the project's root. */
  readonly script: string;
  /** What the app's place holds at first, and more for the page; for a path. @default nothing */
  readonly prerender?: (path: string) => Promise<{ readonly app: string; readonly more: string }>;
}

/** Builds the script as an app's own build would, with React as it is in development, which complains most. */
export async function startPageSite({ script, prerender }: PageSiteOptions): Promise<PageSite> {
  const code = await bundled(script);
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path === '/page.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(code);
      return;
    }
    if (path === '/favicon.ico') {
      response.writeHead(204).end();
      return;
    }
    void (prerender?.(path) ?? Promise.resolve({ app: '', more: '' })).then(
      ({ app, more }) => {
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
        response.end(
          `<!doctype html><title>test</title><div id="app">${app}</div>${more}<script type="module" src="/page.js"></script>`,
        );
      },
      (error: unknown) => {
        response.writeHead(500).end(String(error));
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function bundled(script: string): Promise<string> {
  const built = (await build({
    root: projectRoot,
    configFile: false,
    mode: 'development',
    logLevel: 'error',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"development"' },
    resolve: { alias: reactAlias, conditions: ['@stagewire/source', 'module', 'browser', 'development'] },
    build: {
      write: false,
      minify: false,
      rolldownOptions: { input: script, output: { codeSplitting: false } },
    },
  })) as Rolldown.RolldownOutput;
  const [chunk, ...others] = built.output;
  if (chunk.type !== 'chunk' || others.length > 0) throw new Error(`${script} should be one file.`);
  return chunk.code;
}
