import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildConsole } from '../../console/build.ts';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { codeBlockBelow, codeBlocksIn } from '../support/code-blocks.ts';
import { freeServerPort } from '../support/free-server-port.ts';
import { projectRoot, textOf } from '../support/source-tree.ts';
import { startProgram, type StartedProgram } from '../support/started-program.ts';

const inChromium = await describeInChromium();
const page = textOf('docs/TEAM.md');
/** As the page has it; replaced by an address of this machine, and by the run of the third command. */
const documented = 'http://stagewire.example:4600';
const steps = [
  '1. Start the server',
  '2. Create your key, and sign in with it',
  '3. Start a run',
  '4. Create a link to the run',
] as const;

test('docs/TEAM.md has no block but those that are executed below', () => {
  expect(codeBlocksIn(page).map(({ heading, language }) => `${heading}: ${language}`)).toEqual([
    ...steps.map((it) => `${it}: sh`),
    '4. Create a link to the run: ',
    'Remove a link: sh',
    'Give a teammate an own key: sh',
  ]);
  // Four commands and a link: each is one line.
  for (const step of steps) expect(codeBlockBelow(page, step, 'sh').trim().split('\n')).toHaveLength(1);
});

inChromium('docs/TEAM.md', { timeout: 180_000 }, () => {
  test('takes a teammate from nothing to a run that they watch and steer in their browser', async () => {
    await buildConsole();
    await using opened = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'stagewire-team-'));
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    const port = await freeServerPort();
    const url = `http://${addressInNetwork()}:${port}`;
    const env = {
      STAGEWIRE_DATA_DIR: join(folder, 'data'),
      STAGEWIRE_PORT: String(port),
      // It never ends, and there is time to type.
      STAGEWIRE_MODEL: 'rehearsal/tps=20,ttft=0,chars=20000,reasoning=0',
      XDG_CONFIG_HOME: join(folder, 'config'),
    };
    const shell = (heading: string, run = 'RUN', shareId = 'LINK'): StartedProgram => {
      const code = codeBlockBelow(page, heading, 'sh')
        .replaceAll(documented, url)
        .replaceAll('RUN', run)
        .replaceAll('LINK', shareId);
      return opened.use(startProgram('bash', { args: ['-euc', code], cwd: projectRoot, env }));
    };
    const ended = async (program: StartedProgram): Promise<string> => {
      const exitCode = await program.exitCode;
      if (exitCode !== 0) throw new Error(`It ended with ${exitCode}:\n${program.output()}`);
      return program.stdout();
    };

    const launching = launchChromium();
    const server = shell(steps[0]);
    await server.says(/Stagewire ready at /);
    await ended(shell(steps[1]));
    const terminal = shell(steps[2]);
    const creating = ended(shell('Give a teammate an own key'));
    const [, runId = ''] = await terminal.says(/(run_[0-9a-z]{20,})/);
    const link = (await ended(shell(steps[3], runId))).trim();
    expect(link).toMatch(new RegExp(`^${url}/runs/${runId}#share=swl_\\S+$`));

    const chromium = opened.use(await launching);
    const teammate = await chromium.newPage({ viewport: { width: 1280, height: 800 } });
    await teammate.goto(link);
    await teammate.locator('.prose').first().waitFor();
    await teammate.getByText(/permits you to watch and control it until/).waitFor();
    await teammate.getByLabel('Instruction for the model').fill('Keep it in one file.');
    await teammate.getByRole('button', { name: 'Steer', exact: true }).click();
    await teammate.locator('.prompt-notes').getByText('Keep it in one file.').waitFor();
    await terminal.says(/Keep it in one file\./);

    // A key of their own: pasted on the page at the address of the server.
    const key = (await creating).trim();
    const other = await chromium.newPage({ viewport: { width: 1280, height: 800 } });
    await other.goto(url);
    await other.getByLabel('Access key', { exact: true }).fill(key);
    await other.keyboard.press('Enter');
    await other.getByRole('list', { name: 'Runs' }).getByText('A rate limiter').first().click();
    await other.getByRole('button', { name: 'Redirect' }).waitFor();

    // Without TLS the page has no clipboard API, and copies nevertheless.
    await other.getByRole('button', { name: 'Share' }).click();
    await other.getByRole('button', { name: 'Create link' }).click();
    await other.getByRole('button', { name: 'Copy link' }).click();
    await other.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await other.getByLabel('Link', { exact: true }).inputValue();
    await other.keyboard.press('Escape');
    await other.getByLabel('Instruction for the model').press('Control+V');
    expect(await other.getByLabel('Instruction for the model').inputValue()).toBe(copied);

    const [, shareId] = /#share=swl_([0-9a-f]{16})_/.exec(link) ?? [];
    expect(await ended(shell('Remove a link', runId, shareId))).toContain(shareId);
    await teammate.getByRole('heading', { name: 'The access by this link has ended' }).waitFor();
  });
});

/** An address of this machine that is not loopback, if it has one. */
function addressInNetwork(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
