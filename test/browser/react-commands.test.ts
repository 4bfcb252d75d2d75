import { isLinkCommand } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { secondStage, startReactSite, type ReactSite } from '../support/react-site.ts';
import type { ReactPage } from './pages/react-page.tsx';

declare const window: { readonly page: ReactPage };

const inChromium = await describeInChromium();

let site: ReactSite;
beforeAll(async () => {
  if (inChromium !== describe.skip) site = await startReactSite();
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

const actor = { id: 'local', kind: 'anonymous' } as const;

inChromium('the commands of useRun', () => {
  test('shows a command from the moment it is sent until its fate is known', async () => {
    const runId = await site.server.runs.begin();
    const tab = await site.open();
    await tab.mount({ runId, parts: ['run'] });
    await expect.poll(() => tab.status('run')).toBe('running');
    const held = Promise.withResolvers<void>();
    await tab.page.route(/runs\.steer/, async (route) => {
      await held.promise;
      await route.continue();
    });
    await tab.page.evaluate(() => void window.page.run?.steer('shorter'));
    await expect.poll(() => tab.fates()).toEqual(['sending']);
    held.resolve();
    await expect.poll(() => tab.fates()).toEqual(['accepted']);
    const command = site.server.runs.commands.at(-1);
    if (command === undefined) throw new Error('no command came');
    expect(command).toMatchObject({ text: 'shorter', mode: 'restart', scope: 'run', expect: { stage: 1 } });
    if (isLinkCommand(command)) throw new Error('a command about a link came');
    const { commandId } = command;
    await site.server.runs.append(runId, {
      type: 'command.accepted',
      commandId,
      actor,
      command,
      target: null,
    });
    await expect.poll(() => tab.page.evaluate(() => window.page.run?.pendingCommands.length)).toBe(0);
    expect(await tab.fates()).toEqual(['accepted']);
    await site.server.runs.append(runId, { type: 'command.applied', commandId, stage: 1, attempt: 1 });
    await expect.poll(() => tab.fates()).toEqual(['applied']);
    expect(await tab.complaints()).toEqual([]);
  });

  test('keeps a refused command with its text until it is dismissed', async () => {
    const runId = await site.server.runs.begin();
    const tab = await site.open();
    await tab.mount({ runId, parts: ['run'] });
    await expect.poll(() => tab.status('run')).toBe('running');
    const refusal = wireErrors.STAGE_MISMATCH({ expected: { stage: 1 }, actual: null });
    site.server.runs.refuseNext(refusal);
    await tab.page.evaluate(() => void window.page.run?.redirect('coder', { text: 'precious words' }));
    await expect.poll(() => tab.fates()).toEqual(['refused']);
    const kept = await tab.page.evaluate(() => {
      const [entry] = window.page.run?.pendingCommands ?? [];
      return { command: entry?.command, error: String(entry?.error) };
    });
    expect(kept).toMatchObject({
      command: { kind: 'redirect', to: 'coder', text: 'precious words', expect: { stage: 1 } },
      error: String(refusal),
    });
    await tab.page.evaluate(() => {
      const [entry] = window.page.run?.pendingCommands ?? [];
      if (entry !== undefined) window.page.run?.dismiss(entry.commandId);
    });
    await expect.poll(() => tab.fates()).toEqual([]);
    // Nobody looked at the promise, and that is no error of the page.
    expect(await tab.complaints()).toEqual([expect.stringContaining('412')]);
  });

  test('sends a command for what the person saw when they began to type', async () => {
    const runId = await site.server.runs.begin();
    const tab = await site.open();
    await tab.mount({ runId, parts: ['run'] });
    await expect.poll(() => tab.status('run')).toBe('running');
    await tab.page.getByRole('textbox').focus();
    await site.server.runs.append(runId, ...secondStage);
    await expect.poll(() => tab.page.evaluate(() => window.page.run?.current?.stage)).toBe(2);
    expect(await tab.page.evaluate(() => window.page.run?.target)).toEqual({
      stage: 1,
      role: 'coder',
      attempt: 1,
    });
    await tab.page.evaluate(() => window.page.run?.steer('for the coder'));
    expect(site.server.runs.commands.at(-1)).toMatchObject({ expect: { stage: 1 } });
    // An accepted command has used it.
    await expect.poll(() => tab.page.evaluate(() => window.page.run?.captured)).toBe(false);
    await tab.page.evaluate(() => window.page.run?.steer('for the reviewer'));
    expect(site.server.runs.commands.at(-1)).toMatchObject({ expect: { stage: 2 } });
    await tab.page.evaluate(() => window.page.run?.cancel());
    expect(site.server.runs.commands.at(-1)).toMatchObject({ kind: 'cancel', target: 'run', expect: 'any' });
  });
});
