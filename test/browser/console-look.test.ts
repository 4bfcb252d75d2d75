import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { animatedWebp, type WebpFrame } from '../support/animated-webp.ts';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, openConsole, seriousProblems, type Console } from '../support/console.ts';
import { projectRoot } from '../support/source-tree.ts';

const inChromium = await describeInChromium();
const phone = { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true };
const mostPictureBytes = 200_000;
const filmSize = { width: 1280, height: 720 };
const mostFilmBytes = 600_000;

let shown: Console;
let endedRun: string;

inChromium('the console', { timeout: 40_000 }, () => {
  beforeAll(async () => {
    shown = await openConsole({ model: 'rehearsal/tps=0,ttft=0,seed=7,reasoning=80' });
    endedRun = await shown.start({ task: 'A rate limiter in TypeScript' });
    await shown.stagewire.run(endedRun).result();
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test('fits on a phone: no overflow, everything is reachable', async () => {
    const page = await shown.open('/', phone);
    await page.getByRole('button', { name: 'LRU cache, TypeScript' }).tap();
    expect(await overflowing(page)).toEqual([]);
    await page.getByRole('button', { name: 'Start run' }).tap();
    await page.getByRole('heading', { name: /Run completed/ }).waitFor();
    expect(await overflowing(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show commands, review, files and usage' }).tap();
    for (const name of ['Review', 'Files', 'Usage', 'Commands']) {
      await page.getByRole('tab', { name }).tap();
      await page.getByRole('tab', { name, selected: true }).waitFor();
      expect(await overflowing(page)).toEqual([]);
    }
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close panel' }).tap();
    await page.locator('.result-files').getByRole('button').first().tap();
    const title = await page.locator('#file-title').boundingBox();
    const copy = await page.locator('.view-actions').getByTitle('Copy').boundingBox();
    // The path on at most two lines, the buttons beside it.
    expect(title?.height).toBeLessThan(50);
    expect(copy?.x).toBeGreaterThan((title?.x ?? 0) + (title?.width ?? 0));
    await page.getByRole('button', { name: 'Runs', exact: true }).tap();
    await page.getByRole('list', { name: 'Runs' }).getByText('A rate limiter in TypeScript').tap();
    await page.getByRole('heading', { name: 'A rate limiter in TypeScript' }).waitFor();
    await page.getByRole('list', { name: 'Runs' }).waitFor({ state: 'hidden' });
    expect(complaintsOf(page)).toEqual([]);
  });

  test('offers every option of a steer on a phone, with and without text', async () => {
    const models = { default: 'rehearsal/tps=5,ttft=0' };
    const runId = await shown.start({ task: 'A parser', models, pipeline: { roles: ['architect'] } });
    const page = await shown.open(`/runs/${runId}`, phone);
    await page.getByRole('radio', { name: 'Restart' }).tap();
    for (const name of ['Only this stage', 'Without draft']) await page.getByLabel(name).waitFor();
    expect(await overflowing(page)).toEqual([]);
    await page.getByLabel('Instruction for the model').fill('Shorter.');
    await page.getByText('To Architect, stage 1').waitFor();
    expect(await overflowing(page)).toEqual([]);
    await shown.stagewire.run(runId).cancel();
  });

  test.each(['light', 'dark'] as const)(
    'has no serious accessibility problems in the %s theme',
    async (colorScheme) => {
      for (const panel of ['review', 'files', 'usage']) {
        const page = await shown.open(`/runs/${endedRun}?panel=${panel}&stage=3`, { colorScheme });
        await page.locator('.issue').first().waitFor();
        expect(await seriousProblems(page)).toEqual([]);
        await page.context().close();
      }
    },
  );

  test('shows a task from right to left in its direction, a foreign word in it too', async () => {
    const words = ['اكتب', 'محدد', 'معدل', 'بلغة', 'TypeScript', 'مع', 'اختبارات'];
    const runId = await shown.start({ task: words.join(' '), pipeline: { roles: ['architect'] } });
    const page = await shown.open(`/runs/${runId}`);
    await page.locator('.prose blockquote').waitFor();
    for (const place of ['h1', '.run-item-task']) {
      const lefts = await page
        .locator(place)
        .first()
        .evaluate(
          (it, { first, last }) => {
            const text = it.firstChild as Text;
            return [first, last].map((word) => {
              const range = document.createRange();
              range.setStart(text, text.data.indexOf(word));
              range.setEnd(text, text.data.indexOf(word) + word.length);
              return range.getBoundingClientRect().left;
            });
          },
          { first: words[0]!, last: words.at(-1)! },
        );
      expect(lefts[0]).toBeGreaterThan(lefts[1]!);
    }
  });

  test('applies the selected theme, and keeps it', async () => {
    const page = await shown.open('/', { colorScheme: 'light' });
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    expect(await background()).toBe(dark);
  });

  test('shows its shortcuts, and turns them off', async () => {
    const page = await shown.open('/');
    await page.locator('h1').click();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog');
    await help.getByText('Prompt of the attempt').waitFor();
    expect(await help.getByText('Shift', { exact: true }).count()).toBe(2);
    // In two columns: all of it is seen at once, also in a low window.
    expect((await help.boundingBox())?.height).toBeLessThan(600);
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByLabel('Single-key shortcuts').uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('renders the screenshot of docs/CONSOLE.md', async () => {
    const runId = await shown.start({
      task: 'A sliding-window rate limiter in TypeScript, per key, with tests',
      models: {
        default: 'rehearsal/tps=1600,ttft=0,seed=7,reasoning=400',
        coder: 'rehearsal/tps=400,ttft=0,seed=7,reasoning=0,fault=stall@1500x1',
        refiner: 'rehearsal/tps=50,ttft=0,seed=7,reasoning=300',
      },
    });
    const page = await shown.open(`/runs/${runId}`, {
      viewport: { width: 1280, height: 720 },
      colorScheme: 'light',
    });
    await page.locator('.code-card .token-keyword').first().waitFor();
    await page.getByLabel('Instruction for the model').fill('Inject the clock; no timers of its own.');
    await page.getByRole('button', { name: 'Steer', exact: true }).click();
    await page
      .getByRole('tabpanel')
      .getByText(/Applied/)
      .waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('2');
    await page.getByRole('tabpanel').getByText('changes requested').waitFor({ timeout: 30_000 });
    await page.locator('.code-card .token-keyword').first().waitFor();
    const picture = await page.screenshot({ caret: 'initial' });
    await shown.stagewire.run(runId).cancel();
    expect(picture.length).toBeLessThan(mostPictureBytes);
    await keepPicture('console.png', picture);
  });

  test('renders the picture of a result for docs/CONSOLE.md', async () => {
    const page = await shown.open(`/runs/${endedRun}`, {
      viewport: { width: 1280, height: 760 },
      colorScheme: 'light',
    });
    await page.locator('.run-result').getByRole('button', { name: 'Open files' }).waitFor();
    await page.getByRole('tabpanel').getByRole('button', { name: 'README.md' }).waitFor();
    const picture = await page.screenshot({ caret: 'initial' });
    expect(picture.length).toBeLessThan(mostPictureBytes);
    await keepPicture('result.png', picture);
  });

  test('gives the moving picture of the README: a steer in mid-stream', async () => {
    const runId = await shown.start({
      task: 'A rate limiter in TypeScript, with tests',
      models: {
        default: 'rehearsal/tps=1600,ttft=0,seed=7,reasoning=0',
        coder: 'rehearsal/tps=60,ttft=0,seed=7,reasoning=0',
      },
    });
    const page = await shown.open(`/runs/${runId}`, { viewport: filmSize, colorScheme: 'light' });
    const film = await startFilm(page);
    const codeIsLonger = async (chars: number) => {
      await expect.poll(() => lastCode(page), { timeout: 10_000 }).toBeGreaterThan(chars);
    };
    await codeIsLonger(150);
    await film.take(1000);
    const instruction = page.getByLabel('Instruction for the model');
    for (const [typed, durationMs] of [
      ['Keep it', 400],
      ['Keep it in one', 400],
      ['Keep it in one file.', 1000],
    ] as const) {
      await instruction.fill(typed);
      await film.take(durationMs);
    }
    await page.getByRole('button', { name: 'Steer', exact: true }).click();
    await page
      .getByRole('tabpanel')
      .getByText(/Applied/)
      .waitFor();
    await film.take(1500);
    await codeIsLonger(150);
    await film.take(1200);
    await codeIsLonger(600);
    await film.take(3500);
    await shown.stagewire.run(runId).cancel();
    const picture = film.end();
    expect(picture.length).toBeLessThan(mostFilmBytes);
    expect(await framesOf(page, picture)).toBe(7);
    await keepPicture('steer.webp', picture);
  });
});

/** Writes a picture of the documents, if `npm run pictures` asks for it. */
async function keepPicture(name: string, picture: Buffer): Promise<void> {
  if (process.env['STAGEWIRE_TEST_PICTURE'] !== '1') return;
  const folder = join(projectRoot, 'docs/images');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), picture);
}

/** How many chars the last code block on the page has. */
async function lastCode(page: Page): Promise<number> {
  const codes = await page.locator('.code-card').allInnerTexts();
  return codes.at(-1)?.length ?? 0;
}

/** Takes pictures of a page, each with the time in milliseconds for which it is shown, and makes one animation of them. */
async function startFilm(page: Page) {
  const session = await page.context().newCDPSession(page);
  const frames: WebpFrame[] = [];
  return {
    async take(durationMs: number): Promise<void> {
      const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 70 });
      frames.push({ webp: Buffer.from(data, 'base64'), durationMs });
    },
    end: () => animatedWebp(frames, filmSize),
  };
}

/** How many frames the browser finds in an animated WebP file. */
function framesOf(page: Page, webp: Buffer): Promise<number | undefined> {
  return page.evaluate(async (base64) => {
    const data = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const decoder = new ImageDecoder({ data, type: 'image/webp' });
    await decoder.tracks.ready;
    const track = decoder.tracks.selectedTrack;
    for (let frameIndex = 0; frameIndex < (track?.frameCount ?? 0); frameIndex += 1)
      (await decoder.decode({ frameIndex })).image.close();
    return track?.frameCount;
  }, webp.toString('base64'));
}

/** Elements that reach beyond the right edge, except inside what scrolls by itself. */
function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const scrolls = (element: Element): boolean => {
      for (let at = element.parentElement; at !== null; at = at.parentElement) {
        if (['auto', 'scroll'].includes(getComputedStyle(at).overflowX)) return true;
      }
      return false;
    };
    return Array.from(document.querySelectorAll('body *'))
      .filter((it) => it.getBoundingClientRect().right > innerWidth + 1 && !scrolls(it))
      .map((it) => `${it.tagName} ${it.className} ${it.textContent.slice(0, 40)}`);
  });
}
