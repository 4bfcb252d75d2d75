import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Run, type Stagewire } from '../../client/index.ts';
import { buildConsole } from '../../console/build.ts';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { describeInChromium, launchChromium, type Chromium } from '../support/chromium.ts';

const inChromium = await describeInChromium();
/** Every attempt writes a hundred characters and then waits for what is done to it. */
const stalling = 'rehearsal/tps=0,ttft=0,seed=7,reasoning=0,fault=stall@100';

let stack: AsyncDisposableStack;
let url: string;
let chromium: Chromium;
let stagewire: Stagewire;

inChromium('the target of a command that was started while the run was queued', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    await buildConsole();
    await using opened = new AsyncDisposableStack();
    const env = { STAGEWIRE_PORT: '0', STAGEWIRE_LOG: 'memory', STAGEWIRE_MODEL: stalling };
    // One place: the second run is queued as long as the first has it.
    const app = await startApp({ config: readConfig(env), runs: { maxRunningRuns: 1 } });
    opened.defer(() => app.close());
    url = app.url;
    stagewire = opened.use(connect({ url }));
    chromium = opened.use(await launchChromium());
    stack = opened.move();
  }, 60_000);
  afterAll(async () => {
    await stack?.disposeAsync();
  });

  test('is the first stage: in the second the steer is rejected, and applies after retargeting', async () => {
    const { page, run, begin } = await openQueued();
    await page.getByText('To the first stage').waitFor();
    const box = page.getByLabel('Instruction for the model');
    await box.fill('Fewer words');
    await begin();
    await page.getByPlaceholder('Instruction for the architect').waitFor();
    expect(await page.getByText(/You started typing/).count()).toBe(0);
    await run.cancel({ target: 'stage', expect: { stage: 1 } });
    await page
      .getByText(/You started typing before the first stage\. The run is now in Coder, stage 2/)
      .waitFor();

    await box.press('Enter');
    const latest = page.getByRole('list', { name: 'Latest commands' });
    await latest
      .getByText(/Rejected: that stage had already finished; the run is now in Coder, stage 2/)
      .waitFor();
    const state = await run.snapshot();
    expect(state.commands.map(({ kind }) => kind)).toEqual(['cancel']);
    expect(state.stages.map(({ role, attempts }) => `${role} ${attempts.length}`)).toEqual([
      'architect 1',
      'coder 1',
    ]);

    await latest.getByRole('button', { name: 'Send to Coder, stage 2' }).click();
    await page.getByRole('tabpanel').getByText('Applied to Coder, attempt 2').waitFor();
  });

  test('is the first stage also if that has started meanwhile: the steer applies to it', async () => {
    const { page, run, begin } = await openQueued();
    const box = page.getByLabel('Instruction for the model');
    await box.fill('Fewer words');
    await begin();
    await page.getByPlaceholder('Instruction for the architect').waitFor();
    await box.press('Enter');
    await page
      .getByRole('tabpanel')
      .getByText(/Applied to Architect, attempt/)
      .waitFor();
    expect((await run.snapshot()).commands.map(({ command }) => command)).toEqual([
      expect.objectContaining({ kind: 'steer', text: 'Fewer words', expect: { stage: 1 } }),
    ]);
  });

  test('is the run before its first stage, for a redirect whose dialog was opened then', async () => {
    const { page, run, begin } = await openQueued();
    await page.getByRole('button', { name: 'Redirect', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/Starts the run with the selected role/).waitFor();
    await begin();
    await run.cancel({ target: 'stage', expect: { stage: 1 } });
    await writingIn(run, 2);
    await page.getByRole('navigation', { name: 'Stages' }).getByText('Coder').first().waitFor();
    await dialog.getByRole('button', { name: 'Redirect', exact: true }).click();
    await page
      .getByRole('list', { name: 'Latest commands' })
      .getByText(/Rejected: that stage had already finished/)
      .waitFor();
    expect((await run.snapshot()).stages).toHaveLength(2);
  });
});

/** A page of a run that is queued, and what lets it begin and write in its first stage. */
async function openQueued() {
  for (const { runId } of (await stagewire.list({ status: ['queued', 'running'] })).items)
    await stagewire.run(runId).cancel();
  const blocking = await stagewire.start({ task: 'blocks', pipeline: { roles: ['coder'] } });
  await writingIn(blocking, 1);
  const run = await stagewire.start({ task: 'A parser', pipeline: { roles: ['architect', 'coder'] } });
  const page = await chromium.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(15_000);
  await page.goto(`${url}/runs/${run.id}`);
  await page.getByLabel('Instruction for the model').waitFor();
  const begin = async () => {
    await blocking.cancel();
    await writingIn(run, 1);
  };
  return { page, run, begin };
}

async function writingIn(run: Run, stage: number): Promise<void> {
  for await (const event of run.events()) if (event.type === 'stage.delta' && event.stage === stage) return;
}
