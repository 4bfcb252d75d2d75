import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { attackFrom } from '../support/cross-site-attacks.ts';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, seriousProblems } from '../support/console.ts';
import { openKeyedConsole, signInWith, type KeyedConsole, type Person } from '../support/keyed-console.ts';

const inChromium = await describeInChromium();
const slow = { default: 'rehearsal/tps=5,ttft=0,chars=20000,reasoning=0,seed=7' };

let shown: KeyedConsole;
let ada: Person;

inChromium('the console of a server that authenticates', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    shown = await openKeyedConsole();
    ada = await shown.person({ name: 'Ada', permissions: ['admin'] });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test('asks for a key, says what is wrong with another one, and shows the page at the address', async () => {
    const run = await ada.stagewire.start({ task: 'A parser', models: slow });
    const page = await shown.open(`/runs/${run.id}?panel=files`);
    const field = page.getByLabel('Access key', { exact: true });
    await field.waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('password');
    expect(await field.getAttribute('autocomplete')).toBe('current-password');
    expect(await page.getByRole('navigation', { name: 'All runs' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'New run' }).count()).toBe(0);
    expect(await seriousProblems(page)).toEqual([]);
    await field.fill(`swk_${'0'.repeat(16)}_${'0'.repeat(64)}`);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The server does not accept this access key').waitFor();
    // Pasted with what was selected around it.
    await field.fill(`  ${ada.token} `);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'A parser' }).waitFor();
    await page.getByRole('tab', { name: 'Files', selected: true }).waitFor();
    expect(page.url()).toBe(`${shown.url}/runs/${run.id}?panel=files`);
    await page.getByRole('button', { name: 'Account: Ada' }).waitFor();
    await page.getByRole('list', { name: 'Runs' }).getByText('A parser').first().waitFor();
    expect(complaintsOf(page)).toEqual([]);
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    await run.cancel();
  });

  test('says after how many seconds to try again', async () => {
    const page = await shown.open('/');
    await page.getByLabel('Access key', { exact: true }).waitFor();
    await page.route(/\/session$/, (route) =>
      route.fulfill({
        status: 429,
        json: {
          error: {
            message: 'Too many failed attempts to authenticate from this address. Retry in 4 s.',
            data: { stagewire: { code: 'RATE_LIMITED', retryable: true, details: { retryAfterMs: 1200 } } },
          },
        },
      }),
    );
    await page.getByLabel('Access key', { exact: true }).fill('swk_x');
    await page.keyboard.press('Enter');
    await page
      .getByRole('alert')
      .getByText(/Too many failed attempts. Try again in [12] s\./)
      .waitFor();
    expect(await page.getByRole('button', { name: 'Sign in' }).getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('alert').getByText('Too many failed attempts. Try again.').waitFor();
    await page.unroute(/\/session$/);
    await signInWith(page, ada.token);
  });

  test('signs out everywhere in the browser: other tabs show nothing any more', async () => {
    const run = await ada.stagewire.start({ task: 'A secret parser', models: slow });
    const page = await shown.open('/');
    await signInWith(page, ada.token);
    const other = await shown.openTab(page, `/runs/${run.id}`);
    await other.getByRole('heading', { name: 'A secret parser' }).waitFor();
    await page.getByRole('button', { name: 'Account: Ada' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Sign out');
    await page.keyboard.press('Enter');
    for (const tab of [page, other]) {
      await tab.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
      expect(await tab.getByText('A secret parser').count()).toBe(0);
    }
    expect(await page.context().cookies()).toEqual([]);
    // A sign-in in one of them is one in both.
    await signInWith(page, ada.token);
    await other.getByRole('heading', { name: 'A secret parser' }).waitFor();
    await run.cancel();
  });

  test('asks again when the session ends, over the page, and keeps its drafts and place', async () => {
    const bea = await shown.person({ name: 'Bea' });
    const again = await shown.person({ name: 'Bea' });
    const run = await bea.stagewire.start({ task: 'A queue', models: slow });
    const page = await shown.open(`/runs/${run.id}`);
    await signInWith(page, bea.token);
    const instruction = page.getByLabel('Instruction for the model');
    await instruction.fill('Keep it in one file.');
    const frames = receivedFrames(page);
    await shown.revoke(bea.id);
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('password');
    expect(await seriousProblems(page)).toEqual([]);
    expect(await instruction.inputValue()).toBe('Keep it in one file.');
    // It can be put aside, to copy something, and is opened again by the line at the top.
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('status').getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor();
    // Another person gets nothing of it: the key of Bea that is left is another caller.
    await page.getByLabel('Access key', { exact: true }).fill(again.token);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'A queue' }).waitFor();
    expect(await page.getByLabel('Instruction for the model').inputValue()).toBe('');
    expect(frames.length).toBeGreaterThan(0);
    await again.stagewire.run(run.id).cancel();
  });

  test('continues from its cursors after the same person has signed in again', async () => {
    const cleo = await shown.person({ name: 'Cleo' });
    const run = await cleo.stagewire.start({ task: 'A stack', models: slow });
    const page = await shown.open(`/runs/${run.id}`);
    await signInWith(page, cleo.token);
    const instruction = page.getByLabel('Instruction for the model');
    await instruction.fill('Keep it in one file.');
    await page.locator('.prose').first().waitFor();
    const sent = sentFrames(page);
    // The session ends on the server, and this tab is the last to know.
    await page.evaluate(() => fetch('/session', { method: 'DELETE', headers: { 'x-stagewire-csrf': '1' } }));
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.waitFor();
    await signInWith(page, cleo.token);
    await dialog.waitFor({ state: 'detached' });
    expect(await instruction.inputValue()).toBe('Keep it in one file.');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('steer-text');
    const length = (await page.locator('.prose').first().innerText()).length;
    await expect
      .poll(async () => (await page.locator('.prose').first().innerText()).length)
      .toBeGreaterThan(length);
    // The run is read on from where it was, not from its beginning.
    const resumed = sent.filter((it) => it.includes('"runs.events"'));
    expect(resumed.length).toBeGreaterThan(0);
    expect(resumed.every((it) => /"lastEventId":"[^"]+"/.test(it))).toBe(true);
    await page.getByRole('button', { name: 'Steer', exact: true }).click();
    await page.locator('.prompt-notes').getByText('Keep it in one file.').waitFor();
    expect(complaintsOf(page)).toEqual([]);
    await run.cancel();
  });

  test('sends a command that was given while the session had ended, after the sign-in', async () => {
    const dan = await shown.person({ name: 'Dan' });
    const run = await dan.stagewire.start({ task: 'A heap', models: slow });
    const page = await shown.open(`/runs/${run.id}`);
    await signInWith(page, dan.token);
    await page.getByLabel('Instruction for the model').fill('Shorter.');
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Steer', exact: true }).click();
    await page.getByRole('dialog', { name: 'Your session has ended' }).waitFor();
    await signInWith(page, dan.token);
    await page.locator('.prompt-notes').getByText('Shorter.').waitFor();
    const { commands } = await run.snapshot();
    expect(commands.map(({ actor }) => actor.name)).toEqual(['Dan']);
    await run.cancel();
  });

  test('offers nothing that the caller may not do', async () => {
    const run = await ada.stagewire.start({ task: 'A parser', models: slow });
    const reader = await shown.person({ name: 'Eve', owner: 'Ada', permissions: ['runs:read'] });
    const page = await shown.open(`/runs/${run.id}`);
    await signInWith(page, reader.token);
    await page.locator('.prose').first().waitFor();
    await page.getByRole('button', { name: 'Prompt', exact: true }).waitFor();
    const names = ['Redirect', 'Cancel run', 'Cancel stage', 'Share', 'Steer', 'Make it shorter.'];
    for (const name of names) expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'New run' }).count()).toBe(0);
    expect(await page.getByLabel('Instruction for the model').count()).toBe(0);
    for (const key of ['s', 'r', 'x', 'Shift+X', 'n']) await page.keyboard.press(key);
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(page.url()).toContain(run.id);
    await run.cancel();
    await page.locator('.run-result').waitFor();
    await page.getByRole('link', { name: 'Compare' }).waitFor();
    for (const name of [/^Delete/, /^Rerun/, 'Start a similar run'])
      expect(await page.getByRole('button', { name }).or(page.getByRole('link', { name })).count()).toBe(0);
    await page.goto(shown.url);
    await page.getByText('You do not have the permission to start runs.').waitFor();
    await page.setViewportSize({ width: 390, height: 800 });
    await page.goto(`${shown.url}/account`);
    await page.getByText('Read runs, their files and prompts').waitFor();
    const menu = await page.getByRole('button', { name: 'Account: Eve' }).boundingBox();
    expect((menu?.x ?? 390) + (menu?.width ?? 0)).toBeLessThanOrEqual(390);
    expect(await page.getByRole('heading', { name: 'Access keys' }).count()).toBe(0);
    expect(complaintsOf(page)).toEqual([]);
  });

  test('has an account page, on which an administrator creates and revokes keys', async () => {
    const page = await shown.open('/account');
    await signInWith(page, ada.token);
    await page.getByText('Administer: everything').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'New key' }).click();
    const dialog = page.getByRole('dialog');
    const name = `Fay ${randomUUID()}`;
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByRole('textbox', { name: /^Owner/ }).fill('payments');
    await dialog.getByLabel('Delete runs').uncheck();
    await dialog.getByLabel('Expires').selectOption('In 1 day');
    expect(await seriousProblems(page)).toEqual([]);
    await page.keyboard.press('Enter');
    const key = await dialog.getByLabel('Access key', { exact: true }).inputValue();
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain(key);
    const other = await shown.open('/account');
    await signInWith(other, key);
    await other.getByText('payments', { exact: true }).waitFor();
    expect(await other.getByText('Delete runs').count()).toBe(0);
    // On a phone the button is on the screen too.
    const revoke = page.getByRole('button', { name: `Revoke ${name}` });
    await page.setViewportSize({ width: 390, height: 800 });
    const isOnScreen = async () => {
      const { x, width } = (await revoke.boundingBox()) ?? { x: 0, width: 0 };
      return width > 0 && x + width <= 390;
    };
    // The page is laid out again after the call.
    await expect.poll(isOnScreen).toBe(true);
    expect(await seriousProblems(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
    await revoke.click();
    await page.getByRole('button', { name: 'Revoke key' }).click();
    // Other tests, and a try of this one before, have revoked keys too.
    const row = page.getByRole('row', { name }).getByRole('cell', { name: /^Revoked/ });
    await row.waitFor();
    await other.getByRole('dialog', { name: 'Your session has ended' }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).not.toBe('');
    expect(complaintsOf(page)).toEqual([]);
  });

  test('lets an administrator name the owner whose runs are listed', async () => {
    const gus = await shown.person({ name: 'Gus' });
    const task = `A foreign parser ${randomUUID()}`;
    const run = await gus.stagewire.start({ task, models: slow });
    const page = await shown.open('/');
    await signInWith(page, ada.token);
    const item = page.getByRole('list', { name: 'Runs' }).getByText(task);
    await page.getByRole('list', { name: 'Runs', exact: true }).waitFor();
    expect(await item.count()).toBe(0);
    await page.getByRole('navigation').getByLabel('Owner').fill('Gus');
    await page.keyboard.press('Enter');
    await item.click();
    await page.getByRole('button', { name: 'Cancel run' }).waitFor();
    expect(complaintsOf(page)).toEqual([]);
    await run.cancel();
  });

  test('cannot be driven by a page of another origin, or of another port', async () => {
    const run = await ada.stagewire.start({ task: 'A victim', models: slow });
    const page = await shown.open('/');
    await signInWith(page, ada.token);
    const received: string[] = [];
    const attacker = createServer((request, response) => {
      received.push(request.url ?? '');
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>attack</title>');
    });
    attacker.listen(0, '0.0.0.0');
    await once(attacker, 'listening');
    onTestFinished(() => void attacker.close());
    const { port } = attacker.address() as AddressInfo;
    // Of the same site, on another port: the browser sends the cookie along. Of another site: it does not.
    for (const origin of [`http://127.0.0.1:${port}`, `http://localhost:${port}`]) {
      const attack = await page.context().newPage();
      await attack.goto(origin);
      const outcomes = await attack.evaluate(attackFrom, { url: shown.url, runId: run.id });
      expect(outcomes).toEqual(outcomes.map(([name]) => [name, 'nothing']));
      await attack.close();
    }
    expect((await run.snapshot()).status).toBe('running');
    expect((await run.snapshot()).shares).toEqual([]);
    expect((await ada.stagewire.list({ search: 'attack' })).items).toEqual([]);
    // The session is as it was.
    await page.reload();
    await page.getByRole('button', { name: 'Account: Ada' }).waitFor();
    await run.cancel();
  });
});

function receivedFrames(page: Page): string[] {
  const frames: string[] = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))));
  return frames;
}

function sentFrames(page: Page): string[] {
  const frames: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => frames.push(String(payload))));
  return frames;
}
