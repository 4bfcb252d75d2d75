import { expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, seriousProblems } from '../support/console.ts';
import { openKeyedConsole, signInWith } from '../support/keyed-console.ts';

const inChromium = await describeInChromium();
const env = {
  STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0,chars=300',
  STAGEWIRE_OWNER_TOKENS_PER_DAY: '700',
  STAGEWIRE_OWNER_STARTS_PER_MINUTE: '600',
};
/** A folder for pictures of what is tested. */
const pictures = process.env['STAGEWIRE_TEST_PICTURES'];

inChromium('the limits of an owner in the console', { timeout: 90_000 }, () => {
  test('are on the page of the account, and above the button that starts a run when they are near', async () => {
    await using shown = await openKeyedConsole(env);
    const ada = await shown.person({ name: 'Ada', owner: 'ada' });
    const page = await shown.open('/');
    await signInWith(page, ada.token);
    await page.getByRole('button', { name: 'Start run' }).waitFor();
    expect(await page.getByText('Tokens per day:').count()).toBe(0);

    const run = await ada.stagewire.start({
      task: 'A queue',
      pipeline: { roles: ['coder'] },
      limits: { maxTokens: 100_000 },
    });
    const { usage } = await run.result();
    const used = usage.inputTokens + usage.outputTokens;
    // Otherwise the page would rightly say nothing.
    expect(used).toBeGreaterThan(560);
    await page.goto(`${shown.url}/runs/${run.id}?panel=usage`);
    await page.getByText('Budget of the run: 100,000 tokens,').waitFor();
    for (const [width, scheme] of [
      [1200, 'light'],
      [390, 'dark'],
      [390, 'light'],
      [1200, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(`${shown.url}/account`);
      const limits = page.getByRole('region', { name: 'Limits' });
      await limits.getByText(/^[\d,]+ of 700, reset at/).waitFor();
      await limits.getByText('Starts per minute').waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await seriousProblems(page)).toEqual([]);
      const picture = async (name: string) =>
        pictures === undefined ||
        page.screenshot({ path: `${pictures}/${name}-${width}-${scheme}.png`, fullPage: true });
      await picture('account');
      await page.goto(shown.url);
      const note = page.getByRole('status').filter({ hasText: 'Tokens per day:' });
      await note.getByText(/of 700 used, reset at/).waitFor();
      expect(await note.innerText()).not.toContain('Starts per minute');
      await note.scrollIntoViewIfNeeded();
      await picture('start');
    }
    expect(complaintsOf(page)).toEqual([]);
  });
});
