import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { codeBlockBelow, codeBlocksIn } from '../support/code-blocks.ts';
import { createScratchProject } from '../support/scratch-project.ts';
import { projectRoot, textOf } from '../support/source-tree.ts';
import { startProgram, type StartedProgram } from '../support/started-program.ts';

// A dozen processes one after the other, each started through npm, and perhaps the console to be built.
vi.setConfig({ testTimeout: 180_000 });

const tutorial = textOf('docs/TUTORIAL.md');
const programs = ['subscribe.ts', 'steer.ts', 'short-files.ts'];
const quick = 'rehearsal/ttft=0,tps=0,chars=300,reasoning=0,verdict=approved';

describe('docs/TUTORIAL.md', () => {
  test('has no block but those that are executed below, and npm ci', () => {
    expect(codeBlockBelow(tutorial, 'Installation', 'sh')).toBe('npm ci\n');
    expect(codeBlocksIn(tutorial).map(({ heading, language }) => [heading, language].join(': '))).toEqual([
      'Installation: sh',
      'Start the server: sh',
      'Start the server: ',
      'Start a run: sh',
      'Start a run: ',
      'Steer it: sh',
      'Steer it: ',
      'Redirect it: sh',
      'Redirect it: ',
      'List and watch runs: sh',
      'List and watch runs: ',
      'Cancel it: sh',
      'Cancel it: ',
      'Cancel it: ',
      'Subscribe to a run: ts',
      'Subscribe to a run: sh',
      'Steer a run: ts',
      'Steer a run: sh',
      'Steer a run: ',
      'A bot: ts',
      'Start the bot: sh',
      'Start a run for the bot: sh',
      'Start a run for the bot: ',
    ]);
  });

  test('in the terminal: a run is started, steered, redirected, looked at and cancelled', async () => {
    // The coder never ends by itself: so nobody need type fast.
    await using server = await startServer({
      STAGEWIRE_MODEL_CODER: 'rehearsal/ttft=0,tps=0,fault=stall@300',
    });
    await using run = startShell('Start a run', { env: server.env });
    await run.says(patternOf(printed('Start a run')));
    for (const heading of ['Steer it', 'Redirect it']) await expectPrinted(heading, server.env);
    await run.says(/── stage 4 · coder/);
    await expectPrinted('List and watch runs', server.env);
    const [answer = '', end = ''] = printedAll('Cancel it');
    await using cancel = startShell('Cancel it', { env: server.env });
    expect(await cancel.exitCode).toBe(0);
    expect(cancel.stdout()).toMatch(wholly(answer));
    await run.says(patternOf(end));
    expect(await run.exitCode).toBe(130);
  });

  test('from TypeScript: a script subscribes to a run, another steers one, and a bot steers a third', async () => {
    await using server = await startServer({ STAGEWIRE_MODEL_CODER: 'rehearsal/ttft=0,tps=150,chars=2000' });
    await using project = await createScratchProject();
    for (const { code } of codeBlocksIn(tutorial).filter(({ language }) => language === 'ts')) {
      await project.write(/^\/\/ (\S+)/.exec(code)?.[1] ?? 'nameless', code);
    }
    expect(await project.typeProblems(...programs)).toBe('');
    const place = { env: server.env, cwd: project.path };

    await using subscription = startShell('Subscribe to a run', place);
    expect(await subscription.exitCode).toBe(0);
    expect(subscription.output()).toMatch(
      /── architect, attempt 1\n[^]{100}[^]*── coder, attempt 1\n[^]{1000}/,
    );
    expect(subscription.output()).toMatch(/^\S+\.ts: \d+ characters$/m);

    await using steer = startShell('Steer a run', place);
    expect(await steer.exitCode).toBe(0);
    expect(steer.stdout()).toBe(printed('Steer a run'));

    await using bot = startShell('Start the bot', place);
    await bot.says(/Watching all runs with the label style=short\.\n/);
    await using run = startShell('Start a run for the bot', { env: server.env });
    expect(await run.exitCode).toBe(0);
    expect(run.output()).toContain('Keep every file below 60 lines.');
    await bot.says(patternOf(printed('Start a run for the bot')));
  });
});

interface Place {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** As the tutorial starts it, but on a free port, with a log of its own, and faster than a person can read. */
async function startServer(models: Readonly<Record<string, string>>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-'));
  const env = { STAGEWIRE_PORT: '0', STAGEWIRE_DATA_DIR: dataDir, STAGEWIRE_MODEL: quick, ...models };
  const program = startShell('Start the server', { env });
  const [, url = ''] = await program.says(/Stagewire ready at (http:\/\/127\.0\.0\.1:\d+)/);
  expect(printed('Start the server').replace(/:\d+\n$/, '')).toBe('Stagewire ready at http://127.0.0.1');
  return {
    env: { STAGEWIRE_URL: url },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Runs the commands below a heading, as a shell does. */
function startShell(heading: string, { env, cwd = projectRoot }: Place): StartedProgram {
  return startProgram('bash', { args: ['-euc', codeBlockBelow(tutorial, heading, 'sh')], cwd, env });
}

async function expectPrinted(heading: string, env: Place['env']): Promise<void> {
  await using shell = startShell(heading, { env });
  expect(await shell.exitCode).toBe(0);
  expect(shell.stdout()).toMatch(wholly(printed(heading)));
}

/** What the tutorial says is printed. */
function printed(heading: string): string {
  return codeBlockBelow(tutorial, heading, '');
}

function printedAll(heading: string): readonly string[] {
  return codeBlocksIn(tutorial)
    .filter((block) => block.heading === heading && block.language === '')
    .map(({ code }) => code);
}

/** Matches these lines in this order, perhaps with others between: for any run, at any time. */
function patternOf(text: string): RegExp {
  return new RegExp(text.trimEnd().split('\n').map(patternOfLine).join('[^\\n]*\\n(?:[^]*\\n)?'));
}

/** Matches these lines and nothing else. */
function wholly(text: string): RegExp {
  return new RegExp(`^${text.split('\n').map(patternOfLine).join('\\n')}$`);
}

function patternOfLine(line: string): string {
  return line
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/run_\w+/, 'run_\\w+')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, '[-\\d :]+');
}
