import type { EventBody } from '@stagewire/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { startReactSite, type ReactSite } from '../support/react-site.ts';
import { queuedBody } from '../support/run-script.ts';

const inChromium = await describeInChromium();
const usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' } as const;

let site: ReactSite;
beforeAll(async () => {
  if (inChromium !== describe.skip) site = await startReactSite();
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

inChromium('useRunFile', () => {
  test('has the text of a given file, then of what roles write over it, and of each attempt’s end', async () => {
    const runId = 'run_react-files1';
    await site.server.runs.append(runId, ...begun(), ...stage(1, 'one'));
    const tab = await site.open();
    const parts = ['file a.ts', 'file a.ts 1.1', 'file a.ts 2.1', 'file given.md', 'file nowhere.ts'];
    await tab.mount({ runId, parts });
    await expect.poll(() => tab.text('file a.ts')).toBe('one');
    await expect.poll(() => tab.text('file given.md')).toBe('# Given');
    await expect.poll(() => tab.text('file a.ts 1.1')).toBe('one');
    expect(await tab.status('file nowhere.ts')).toBe('missing');
    // That attempt has not ended.
    await expect.poll(() => tab.status('file a.ts 2.1')).toBe('unavailable');

    const before = (await tab.counts()).renders;
    await site.server.runs.append(runId, ...stage(2, 'two'));
    await expect.poll(() => tab.text('file a.ts')).toBe('two');
    expect(await tab.text('file a.ts 1.1')).toBe('one');
    await tab.page.locator('[data-name="file a.ts 2.1"] button').click();
    await expect.poll(() => tab.text('file a.ts 2.1')).toBe('two');
    // What changes elsewhere in the run renders nothing here.
    const after = (await tab.counts()).renders;
    expect(after['file given.md']).toBe(before['file given.md']);

    const place = { stage: 2, role: 'coder', attempt: 1 };
    await site.server.runs.append(runId, {
      type: 'artifact.removed',
      ...place,
      path: 'a.ts',
      offset: 0,
      chars: 3,
    });
    await expect.poll(() => tab.status('file a.ts')).toBe('missing');
    expect(await tab.text('file a.ts 2.1')).toBe('two');
    // The browser's own word on what was asked too early.
    expect((await tab.complaints()).filter((it) => !it.includes('404'))).toEqual([]);
  });

  test('says why a file cannot be fetched, and asks again', async () => {
    const tab = await site.open();
    await tab.mount({ runId: 'run_react-files2', parts: ['file a.ts 1.1'] });
    await expect.poll(() => tab.status('file a.ts 1.1')).toBe('unavailable');
    expect(await tab.page.locator('[data-name="file a.ts 1.1"] i').textContent()).toContain(
      'run_react-files2',
    );
    await site.server.runs.append('run_react-files2', ...begun(), ...stage(1, 'here'));
    await tab.page.getByRole('button', { name: 'retry' }).click();
    await expect.poll(() => tab.text('file a.ts 1.1')).toBe('here');
  });
});

inChromium('useRunFiles, useFileVersions and useUnfinishedFiles', () => {
  test('have the files now and then, every version, and what is being written', async () => {
    const runId = 'run_react-files3';
    const second = stage(2, '```ts a.ts\nconst');
    await site.server.runs.append(runId, ...begun(), ...stage(1, 'one'));
    const tab = await site.open();
    await tab.mount({ runId, parts: ['files', 'files 1.1', 'files 2.1', 'file a.ts 1.1'] });
    await expect.poll(() => tab.text('files')).toBe('undefined.undefined: zero|1.1: one');
    expect(await tab.status('files')).toBe('given.md a.ts');
    expect(await tab.status('files 2.1')).toBe('unknown');
    await site.server.runs.append(runId, ...second.slice(0, 2));
    await expect.poll(() => tab.page.locator('[data-name="files"] i').textContent()).toBe('a.ts: const');
    expect(await tab.status('files')).toBe('given.md a.ts');
    await site.server.runs.append(runId, ...second.slice(2));
    await expect.poll(() => tab.status('files 2.1')).toBe('given.md a.ts');
    await expect.poll(() => tab.page.locator('[data-name="files"] i').textContent()).toBe('');
    expect(await tab.text('files')).toContain('1.1: one|2.1: ```ts');
  });
});

inChromium('useRunPrompt', () => {
  test('has the prompt of an attempt, and says why there is none', async () => {
    const runId = await site.server.runs.begin();
    const prompt = { stage: 1, role: 'coder', attempt: 1, model: 'rehearsal', system: '', exact: true };
    site.server.runs.answerPrompt(runId, { ...prompt, messages: [{ role: 'user', text: 'Build it.' }] });
    const tab = await site.open();
    await tab.mount({ runId, parts: ['prompt 1.1', 'prompt 7.1'], strict: true });
    await expect.poll(() => tab.text('prompt 1.1')).toBe('Build it.');
    await expect.poll(() => tab.status('prompt 7.1')).toBe('unavailable');
    expect(await tab.page.locator('[data-name="prompt 7.1"] i').textContent()).toContain('stage 7');
  });
});

function begun(): EventBody[] {
  return [
    queuedBody(),
    { type: 'input.recorded', path: 'given.md', text: '# Given' },
    { type: 'input.recorded', path: 'a.ts', text: 'zero' },
    { type: 'run.started' },
    { type: 'run.planned', roles: ['coder'], cause: 'start' },
  ];
}

/** A coder that writes nothing but this text into a.ts. */
function stage(number: number, text: string): EventBody[] {
  const at = { stage: number, role: 'coder', attempt: 1 };
  const chars = text.length;
  return [
    {
      type: 'stage.started',
      ...at,
      model: 'rehearsal',
      format: 'code',
      cause: 'plan',
      commandIds: [],
      keptChars: 0,
    },
    { type: 'stage.delta', ...at, offset: 0, text },
    { type: 'artifact.recorded', ...at, path: 'a.ts', language: 'ts', parts: [{ offset: 0, chars }] },
    { type: 'stage.completed', ...at, chars, finishReason: 'stop', usage, ttftMs: 1, durationMs: 2 },
  ];
}
