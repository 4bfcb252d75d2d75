import type { Page } from 'playwright-core';
import type { Run } from '@stagewire/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, seriousProblems } from '../support/console.ts';
import { openKeyedConsole, signInWith, type KeyedConsole, type Person } from '../support/keyed-console.ts';

const inChromium = await describeInChromium();
const slow = { default: 'rehearsal/tps=5,ttft=0,chars=20000,reasoning=0,seed=7' };

let shown: KeyedConsole;
let ada: Person;
let run: Run;

inChromium('a link to a run', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    shown = await openKeyedConsole();
    ada = await shown.person({ name: 'Ada' });
    run = await ada.stagewire.start({ task: 'A parser', models: slow, labels: { suite: 'nightly' } });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test('is created in a dialog, lets another browser watch, and ends there when it is revoked', async () => {
    const owner = await shown.open(`/runs/${run.id}`);
    await signInWith(owner, ada.token);
    const share = owner.getByRole('button', { name: 'Share' });
    await share.focus();
    await owner.keyboard.press('Enter');
    const dialog = owner.getByRole('dialog', { name: 'Share this run' });
    await dialog.getByText('There are none.').waitFor();
    expect(await owner.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('share-may');
    await dialog.getByLabel('For').selectOption('7 days');
    await dialog.getByRole('button', { name: 'Create link' }).click();
    const url = await dialog.getByLabel('Link', { exact: true }).inputValue();
    expect(url).toMatch(new RegExp(`^${shown.url}/runs/${run.id}#share=swl_`));
    expect(await seriousProblems(owner)).toEqual([]);

    const sent: string[] = [];
    const guest = await shown.chromium.newPage({ viewport: { width: 1280, height: 800 } });
    guest.on('request', (request) => sent.push(`${request.url()} ${JSON.stringify(request.headers())}`));
    await guest.goto(url);
    await guest.getByText(/by a link, which permits you to watch it until \S/).waitFor();
    await guest.locator('.prose').first().waitFor();
    // The token is neither in the address nor in a request but the exchange, nor in what the page has stored.
    expect(guest.url()).toBe(`${shown.url}/runs/${run.id}`);
    const token = url.split('#share=')[1] ?? '';
    expect(sent.filter((it) => it.includes(token))).toEqual([]);
    const kept = 'JSON.stringify([location.href, history.state, { ...localStorage }, { ...sessionStorage }])';
    expect(await guest.evaluate(kept)).not.toContain(token);
    const hidden = ['Redirect', 'Cancel run', 'Share', 'Steer', 'Prompt', 'Runs'];
    for (const name of hidden) expect(await guest.getByRole('button', { name, exact: true }).count()).toBe(0);
    expect(await guest.getByRole('button', { name: /^Account/ }).count()).toBe(0);
    expect(await guest.getByRole('navigation', { name: 'All runs' }).count()).toBe(0);
    // A label is no way to the list of runs.
    expect(await guest.getByRole('button', { name: 'suite: nightly' }).count()).toBe(0);
    expect(await seriousProblems(guest)).toEqual([]);
    await guest.goto(`${shown.url}/runs/${run.id}?prompt=1.1`);
    await guest.locator('.stage-view').waitFor();
    await guest.goto(shown.url);
    await guest.getByRole('heading', { name: 'Your link is to one run' }).waitFor();
    await guest.getByRole('link', { name: 'Open the run' }).click();
    await guest.locator('.prose').first().waitFor();

    await dialog.getByRole('button', { name: 'Revoke the link created by you' }).click();
    await dialog.getByText('There are none.').waitFor();
    await guest.getByRole('heading', { name: 'The access by this link has ended' }).waitFor();
    expect(await guest.getByText('A parser').count()).toBe(0);
    await guest.goto(url);
    await guest.getByRole('heading', { name: 'This link is not valid any more' }).waitFor();
    expect(guest.url()).toBe(`${shown.url}/runs/${run.id}`);
    await owner.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await owner.evaluate(() => document.activeElement?.textContent)).toBe('Share');
    expect(complaintsOf(owner)).toEqual([]);
  });

  test('lets another browser steer if it permits that, by the name of the link', async () => {
    const { url, shareId } = await run.share({ may: 'control' });
    const guest = await shown.open(url, { viewport: { width: 390, height: 800 }, colorScheme: 'dark' });
    await guest.getByText('by a link, which permits you to watch and control it.').waitFor();
    await guest.getByLabel('Instruction for the model').fill('Shorter.');
    await guest.getByRole('button', { name: 'Steer', exact: true }).click();
    await guest.locator('.prompt-notes').getByText('Shorter.').waitFor();
    const { commands } = await run.snapshot();
    expect(commands.at(-1)).toMatchObject({ actor: { id: `share:${shareId}` }, status: 'applied' });
    await guest.getByRole('button', { name: 'Leave' }).click();
    await guest.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    expect(await guest.getByText('A parser').count()).toBe(0);
    expect(complaintsOf(guest)).toEqual([]);
  });

  test('leaves a session that can see the run as it is, and asks before it ends another one', async () => {
    const { url } = await run.share({ may: 'read' });
    const page = await shown.open('/');
    await signInWith(page, ada.token);
    await openLinkIn(page, url);
    await page.getByRole('button', { name: 'Redirect' }).waitFor();
    await page.getByRole('button', { name: 'Account: Ada' }).waitFor();
    expect(page.url()).toBe(`${shown.url}/runs/${run.id}`);

    const bob = await shown.person({ name: 'Bob' });
    const other = await shown.open('/');
    await signInWith(other, bob.token);
    await openLinkIn(other, url);
    await other.getByText('You are signed in as Bob, who cannot see this run.').waitFor();
    await other.getByRole('button', { name: 'Stay signed in' }).click();
    await other.getByRole('heading', { name: 'Run not found' }).waitFor();
    await openLinkIn(other, url);
    await other.getByRole('button', { name: 'Open the link' }).click();
    await other.getByText('by a link, which permits you to watch it').waitFor();
    expect(await other.getByRole('button', { name: /^Account/ }).count()).toBe(0);
    expect(complaintsOf(other)).toEqual([]);
  });

  test('is listed, dated and revoked after the end of its run too', async () => {
    const ended = await ada.stagewire.start({
      task: 'A short one',
      pipeline: { roles: ['coder'] },
      models: { default: 'rehearsal/tps=5000,chars=300,reasoning=0' },
    });
    await ended.result();
    const owner = await shown.open(`/runs/${ended.id}`);
    await signInWith(owner, ada.token);
    await owner.getByRole('button', { name: 'Share' }).click();
    const dialog = owner.getByRole('dialog', { name: 'Share this run' });
    await dialog.getByText('There are none.').waitFor();
    await dialog.getByRole('button', { name: 'Create link' }).click();
    const url = await dialog.getByLabel('Link', { exact: true }).inputValue();
    const revoke = dialog.getByRole('button', { name: 'Revoke the link created by you' });
    await revoke.waitFor();

    const guest = await shown.open(url);
    await guest.getByText(/by a link, which permits you to watch it until \S/).waitFor();
    await revoke.click();
    await dialog.getByText('There are none.').waitFor();
    expect(complaintsOf(owner)).toEqual([]);
  });

  test('shows the way back if another link was opened in the same browser', async () => {
    const other = await ada.stagewire.start({ task: 'A lexer', models: slow });
    const first = await shown.open((await run.share({ may: 'read' })).url);
    await first.getByText('by a link, which permits you to watch it').waitFor();
    const second = await shown.openTab(first, (await other.share({ may: 'read' })).url);
    await second.getByRole('heading', { name: 'A lexer' }).waitFor();
    await first.reload();
    await first.getByRole('heading', { name: 'Your link is to one run' }).waitFor();
    expect(await first.locator('.page-note').textContent()).toContain(
      'only the last one is in use: open the other one again',
    );
  });

  test('says that it has expired', async () => {
    const until = Date.now() + 500;
    const { url } = await run.share({ may: 'read', until: new Date(until).toISOString() });
    await expect.poll(() => Date.now()).toBeGreaterThan(until);
    const guest = await shown.open(url);
    await guest.getByRole('heading', { name: 'This link is not valid any more' }).waitFor();
    await guest.getByRole('button', { name: 'Sign in instead' }).click();
    await guest.getByLabel('Access key', { exact: true }).waitFor();
    expect(complaintsOf(guest)).toEqual([]);
  });
});

/** As somebody who follows a link: within one document only the fragment would change. */
async function openLinkIn(page: Page, url: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(url);
}
