import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { build, preview, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as reactEntry from '../../client/react/index.ts';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { codeBlockBelow, codeBlocksIn } from '../support/code-blocks.ts';
import { packClient, strictConfig, typeErrorsIn, type PackedClient } from '../support/packed-client.ts';
import { startServerProcess } from '../support/server-process.ts';
import { textOf } from '../support/source-tree.ts';

// What users install: built, packed, and used from folders that know nothing of this repository.

const readme = textOf('client/README.md');
const defaultUrl = 'http://localhost:4600';
const quick = 'rehearsal/ttft=10,tps=0,chars=2000,verdict=approved';
const inChromium = await describeInChromium();

/** Bytes after gzip, in a minified bundle with tRPC and without React, as client/README.md says. */
const budgets = { connect: 29_000, 'connect and hooks': 35_000, 'event streams': 5_000 } as const;

let packed: PackedClient;
/** A folder with the tarball and nothing else. */
let bare: string;
beforeAll(async () => {
  packed = await packClient();
  bare = await packed.installed({ files: {} });
}, 60_000);
afterAll(async () => {
  await packed[Symbol.asyncDispose]();
});

describe('the package', () => {
  test('holds what its entries need and nothing of the server or the sources', async () => {
    const files = (await filesInTarball()).filter(
      (path) => !/^types\/(?:client|shared)\/[\w/-]+\.d\.ts$/.test(path),
    );
    const names = files.map((path) => path.replace(/^shared-[\w-]+\.js$/, 'shared-….js'));
    expect([...new Set(names)].sort()).toEqual([
      'LICENSE',
      'README.md',
      'index.js',
      'package.json',
      'react.js',
      'shared-….js',
      'testing.js',
      'text.js',
      'validate.js',
    ]);
    const manifest = JSON.parse(await readFile(installedFile('package.json'), 'utf8')) as object;
    expect(manifest).not.toHaveProperty('private');
    expect(manifest).toMatchObject({
      dependencies: { '@trpc/client': '^11.25.2', '@trpc/server': '^11.25.2' },
      license: 'MIT',
      sideEffects: false,
    });
    for (const path of await filesInTarball()) {
      expect(await readFile(installedFile(path), 'utf8'), path).not.toMatch(
        /@stagewire\/(?:shared|server|source)['"]/,
      );
    }
  });

  test.each([
    ['index.js', ['@trpc/client']],
    ['react.js', ['@trpc/client', 'react', 'react/jsx-runtime']],
    ['text.js', ['diff']],
    ['validate.js', ['zod']],
    ['types/client/index.d.ts', ['@trpc/server', '@trpc/server/observable']],
    ['types/client/react/index.d.ts', ['@trpc/server', '@trpc/server/observable', 'react']],
    ['types/client/text.d.ts', ['@trpc/server']],
    ['types/client/validate.d.ts', ['zod']],
  ])('%s takes in nothing but %j', async (entry, expected) => {
    expect(await packagesReachedFrom(entry)).toEqual(expected);
  });

  test('is found in order by publint and by Are The Types Wrong', async () => {
    const { messages } = await publint({ pkgDir: dirname(installedFile('package.json')), strict: true });
    expect(messages).toEqual([]);
    const analysis = await checkPackage(createPackageFromTarballData(await readFile(packed.tarball)));
    if (analysis.types === false) throw new Error('The package has no types.');
    // It is for ES modules only: what a CommonJS file or the resolution of Node 10 would find is not promised.
    const problems = analysis.problems.filter(
      (it) => !('resolutionKind' in it && /^node10$|^node16-cjs$/.test(it.resolutionKind)),
    );
    expect(problems).toEqual([]);
  });

  test('stays within its size in a browser', async () => {
    // An app that uses it has the parser too, and only such an app.
    const leanHooks = Object.keys(reactEntry).filter((name) => name !== 'useUnfinishedFiles');
    expect(leanHooks.length).toBeGreaterThan(8);
    const connect = await bundledSize(`export { connect } from '@stagewire/client';`);
    const hooks = await bundledSize(
      `export { connect } from '@stagewire/client'; export { ${leanHooks.join(', ')} } from '@stagewire/client/react';`,
    );
    const inKilobytes = ({ raw, gzip, later }: Size) =>
      `${(raw / 1000).toFixed(1)} kB, gzipped ${(gzip / 1000).toFixed(1)} kB, and ${(later / 1000).toFixed(1)} kB when needed`;
    console.info(`size of the client: ${inKilobytes(connect)}; with its hooks: ${inKilobytes(hooks)}`);
    expect(connect.gzip).toBeLessThan(budgets.connect);
    expect(hooks.gzip).toBeLessThan(budgets['connect and hooks']);
    expect(connect.later).toBeLessThan(budgets['event streams']);
    expect(connect.later).toBeGreaterThan(1000);
    expect(readme).toContain(`under ${budgets.connect / 1000} kB gzipped`);
    expect(readme).toContain(`under ${budgets['connect and hooks'] / 1000} kB`);
    expect(readme).toContain(`under ${budgets['event streams'] / 1000} kB`);
  });
});

describe('a script in a fresh folder', () => {
  test('that is the one of README.md runs against a server, with neither zod nor React there', async () => {
    await using server = await startServerProcess({ env: { STAGEWIRE_MODEL: quick } });
    await writeFile(
      join(bare, 'script.ts'),
      codeBlockBelow(readme, 'A script', 'ts').replace(defaultUrl, server.url),
    );
    const { stdout } = await promisify(execFile)(process.execPath, ['script.ts'], { cwd: bare });
    expect(stdout).toMatch(/=== architect\n[^]+=== coder\n[^]+=== reviewer\n[^]+=== documenter\n/);
    expect(stdout).toMatch(/run_\w+ completed, review: approved, \d+ tokens written\n(?:\S+ \d+\n)+$/);
  });
});

describe('the code in README.md', () => {
  test('installs the tarball by the name that npm gives it', () => {
    const tarball = basename(packed.tarball);
    expect(codeBlockBelow(readme, 'Installation', 'sh')).toBe(`npm install ./${tarball}\n`);
    expect(readme).toContain(`dist/${tarball}`);
  });

  let errors: string[];
  let blocks: number;
  beforeAll(async () => {
    const files = codeBlocksIn(readme)
      .filter(({ language }) => /^tsx?$/.test(language))
      .map(({ code, language }, at) => [`block-${at}.${language}`, code] as const);
    const wrong = codeBlockBelow(readme, 'A script', 'ts').replace('run.events()', 'run.event()');
    const folder = await packed.installed({
      files: { ...Object.fromEntries(files), 'wrong.ts': wrong, 'tsconfig.json': strictConfig },
      beside: ['react', 'react-dom', 'zod', '@types/react', '@types/react-dom', '@types/node'],
    });
    errors = await typeErrorsIn(folder);
    blocks = files.length;
  }, 60_000);

  test('passes a strict compiler with the declarations of the package', () => {
    expect(codeBlocksIn(readme)).toHaveLength(3);
    expect(blocks).toBe(2);
    expect(errors.filter((line) => !line.startsWith('wrong.ts'))).toEqual([]);
  });

  test('would not if it called something by a wrong name', () => {
    expect(errors.join('\n')).toMatch(/^wrong\.ts.*Property 'event' does not exist/m);
  });
});

inChromium('the app of README.md in a fresh Vite project', () => {
  test('is less than 30 lines, and shows a run from start to end', async () => {
    await using server = await startServerProcess({ env: { STAGEWIRE_MODEL: quick } });
    const app = codeBlockBelow(readme, 'A React app', 'tsx');
    expect(app.split('\n').filter((line) => line.trim() !== '').length).toBeLessThan(30);
    const root = await packed.installed({
      files: {
        'index.html': `<!doctype html><title>App</title><div id="root"></div><script type="module" src="/main.tsx"></script>`,
        'main.tsx': app.replace(defaultUrl, server.url),
        'vite.config.ts': `import react from '@vitejs/plugin-react';\nexport default { plugins: [react()] };\n`,
      },
      beside: ['react', 'react-dom', 'vite', '@vitejs/plugin-react'],
    });
    await build({ root, logLevel: 'warn' });
    const site = await preview({ root, logLevel: 'warn', preview: { port: 0, host: '127.0.0.1' } });
    try {
      await using chromium = await launchChromium();
      const page = await chromium.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().includes('favicon'))
          complaints.push(message.text());
      });
      await page.goto(site.resolvedUrls?.local[0] ?? '');
      await page.getByRole('button', { name: 'Start' }).click();
      await page.locator('output', { hasText: 'completed' }).waitFor();
      const shown = await page.locator('pre').allInnerTexts();
      expect(shown.map((text) => text.split('\n')[0])).toEqual([
        'architect',
        'coder',
        'reviewer',
        'documenter',
      ]);
      expect(shown.every((text) => text.length > 200)).toBe(true);
      expect(complaints).toEqual([]);
    } finally {
      await site.close();
    }
  });
});

function installedFile(path: string, folder = bare): string {
  return join(folder, 'node_modules/@stagewire/client', path);
}

async function filesInTarball(): Promise<string[]> {
  const { stdout } = await promisify(execFile)('tar', ['-tzf', packed.tarball]);
  return stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
}

/** The packages that a file names, itself or by way of files of the package. */
async function packagesReachedFrom(entry: string): Promise<string[]> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const read = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = readFileSync(installedFile(path), 'utf8').replace(/\/\*[^]*?\*\//g, '');
    for (const [, static_, dynamic] of text.matchAll(
      /(?:from|^import) ?["']([^"'\s]+)["']|import\(["']([^"'\s]+)["']\)/gm,
    )) {
      const specifier = static_ ?? dynamic ?? '';
      if (!specifier.startsWith('.')) packages.add(specifier);
      else
        read(join(dirname(path), path.endsWith('.d.ts') ? specifier.replace(/\.js$/, '.d.ts') : specifier));
    }
  };
  read(entry);
  return [...packages].sort();
}

/** The size of what a browser loads for this module at first, as Vite builds an app: what is loaded when needed is `later`. */
async function bundledSize(code: string): Promise<Size> {
  await writeFile(join(bare, 'entry.js'), code);
  const built = (await build({
    root: bare,
    configFile: false,
    // Vite warns of the directive for frameworks, which means nothing here.
    logLevel: 'error',
    build: {
      write: false,
      // Vite's own code that preloads parts of an app is none of the client.
      modulePreload: false,
      rolldownOptions: {
        input: join(bare, 'entry.js'),
        external: /^react(?:\/|$)/,
        preserveEntrySignatures: 'allow-extension',
      },
    },
  })) as Rolldown.RolldownOutput;
  const chunks = built.output.filter((it) => it.type === 'chunk');
  const textOf = (isLater: boolean) =>
    chunks
      .filter((it) => it.isDynamicEntry === isLater)
      .map(({ code }) => code)
      .join('');
  const text = textOf(false);
  return { raw: text.length, gzip: gzipSync(text).length, later: gzipSync(textOf(true)).length };
}

interface Size {
  readonly raw: number;
  readonly gzip: number;
  readonly later: number;
}
