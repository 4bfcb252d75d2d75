import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { build, preview } from 'vite';
import { codeBlocksIn, type CodeBlock } from './code-blocks.ts';
import { linkPackages, packDependencies, strictConfig } from './packed-client.ts';
import { projectRoot, textOf } from './source-tree.ts';
import { startProgram, type StartedProgram } from './started-program.ts';

/** A block of docs/EMBED.md by the file that it is, else by where it stands. */
export interface EmbedBlock extends CodeBlock {
  readonly name: string;
}

/** The app that docs/EMBED.md builds, from its blocks to the letter. */
export interface EmbeddingApp extends AsyncDisposable {
  readonly path: string;
  /** Pages that Vite has built, each of which runs one script: `desk.html` runs `src/desk.tsx`. */
  readonly pagesUrl: string;
  /** Runs a block of the shell in the app's folder, as a reader does. */
  shell(name: string, env?: Readonly<Record<string, string>>): StartedProgram;
}

export interface EmbeddingAppOptions {
  /** What the page's addresses of servers are here: the only thing that is not as the page has it. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Scripts by their pages: those of the page that are an app of their own. */
  readonly pages: Readonly<Record<string, string>>;
  /** More files, for what the page leaves to its reader. */
  readonly files: Readonly<Record<string, string>>;
}

export const embedBlocks: readonly EmbedBlock[] = named(codeBlocksIn(textOf('docs/EMBED.md')));

export function embedBlock(name: string): EmbedBlock {
  const block = embedBlocks.find((it) => it.name === name);
  if (block === undefined) throw new Error(`docs/EMBED.md has no block ${name}.`);
  return block;
}

/**
 * Does what the page says: builds and packs the client, installs it into an app as Vite makes it, and puts the page's
 * files there. npm is kept off the network: what the client depends on comes from this project.
 */
export async function createEmbeddingApp(options: EmbeddingAppOptions): Promise<EmbeddingApp> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'stagewire-embed-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const checkout = join(folder, 'stagewire');
  const app = join(folder, 'my-app');
  const shellIn = (cwd: string, name: string, env: Readonly<Record<string, string>> = {}) =>
    startProgram('bash', { args: ['-euc', embedBlock(name).code], cwd, env: { ...npmOffline, ...env } });

  await linkCheckout(checkout);
  const [overrides] = await Promise.all([
    packDependencies(folder),
    succeeds(shellIn(checkout, 'Installation: sh')),
  ]);
  const manifest = { name: 'my-app', private: true, type: 'module', overrides: asFiles(overrides) };
  await writeFiles(app, { 'package.json': JSON.stringify(manifest) });
  await succeeds(shellIn(app, 'Installation: sh, 2'));
  await linkPackages(app, vitesOwn);
  await mkdir(join(app, 'node_modules/.bin'), { recursive: true });
  await symlink(join(projectRoot, 'node_modules/vite/bin/vite.js'), join(app, 'node_modules/.bin/vite'));

  const documented = embedBlocks.filter(
    ({ heading, language }) => heading !== 'Next.js' && /^(?:tsx?|html)$/.test(language),
  );
  const asHere = Object.entries(options.addresses);
  await writeFiles(app, {
    'tsconfig.json': strictConfig,
    'tsconfig.app.json': textOf('test/fixtures/create-vite-react-ts/tsconfig.app.json'),
    'vite.config.ts': viteConfig,
    ...options.files,
    ...Object.fromEntries(
      documented.map(({ name, code }) => [
        name,
        asHere.reduce((text, [address, here]) => text.replaceAll(address, here), code),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(options.pages).map(([page, script]) => [page, pageThatRuns(script)]),
    ),
  });
  const outDir = 'dist-pages';
  const input = Object.keys(options.pages).map((page) => join(app, page));
  await build({ root: app, logLevel: 'error', build: { outDir, rolldownOptions: { input } } });
  const site = await preview({
    root: app,
    logLevel: 'error',
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
  });
  opened.defer(() => site.close());
  const kept = opened.move();
  return {
    path: app,
    pagesUrl: site.resolvedUrls?.local[0] ?? '',
    shell: (name, env) => shellIn(app, name, env),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What an app that Vite made has beside the client, and zod. */
const vitesOwn = [
  'react',
  'react-dom',
  'vite',
  '@vitejs/plugin-react',
  '@types/node',
  '@types/react',
  '@types/react-dom',
  'zod',
];

const viteConfig = `import react from '@vitejs/plugin-react';\nexport default { plugins: [react()] };\n`;

/** The `node` of the page is the one of this project. A peer of a dependency that nobody needs is left out. */
const npmOffline = {
  PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
  npm_config_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_ignore_scripts: 'true',
  npm_config_legacy_peer_deps: 'true',
};

/** The file that a block's first line names; else its heading and language, numbered from the second on. */
function named(blocks: readonly CodeBlock[]): EmbedBlock[] {
  const seen = new Map<string, number>();
  return blocks.map((block) => {
    const file = block.language === 'html' ? 'index.html' : /^\/\/ (\S+)\n/.exec(block.code)?.[1];
    const name = file ?? `${block.heading}: ${block.language}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { ...block, name: count === 1 ? name : `${name}, ${count}` };
  });
}

/** A folder in which the project's commands do what they do in the project's own, but what they write stays there. */
export async function linkCheckout(folder: string): Promise<void> {
  await mkdir(folder);
  for (const name of ['node_modules', 'package.json', 'client', 'shared', 'server', 'tools']) {
    await symlink(join(projectRoot, name), join(folder, name));
  }
}

function asFiles(tarballs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`]));
}

/** As Vite makes it, with an element for each of the page's scripts. */
function pageThatRuns(script: string): string {
  return `<!doctype html><meta charset="utf-8" /><title>App</title><div id="root"></div><pre></pre>
<script type="module" src="/${script}"></script>`;
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

async function succeeds(program: StartedProgram): Promise<void> {
  await using running = program;
  if ((await running.exitCode) !== 0)
    throw new Error(`A command of docs/EMBED.md fails:\n${running.output()}`);
}
