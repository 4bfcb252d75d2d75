import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@stagewire/client';
import { describe, expect, test, vi } from 'vitest';
import { codeBlocksIn } from '../support/code-blocks.ts';
import { createScratchProject } from '../support/scratch-project.ts';
import { startServerProcess } from '../support/server-process.ts';
import { projectRoot, textOf } from '../support/source-tree.ts';
import { startProgram } from '../support/started-program.ts';

// Each starts a server and a bot: processes of their own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const blocks = codeBlocksIn(textOf('docs/BOTS.md'));
const programs = blocks.filter(({ language, code }) => language === 'ts' && code.startsWith('import '));
const [failures, comingBack, underWay, outcome, ...others] = programs.map(({ code }) => code);
const quick = 'rehearsal/ttft=0,tps=0,chars=300,reasoning=0,verdict=approved';
const stalling = 'rehearsal/ttft=0,tps=0,fault=stall@100';

describe('docs/BOTS.md', () => {
  test('has no code that is neither a program nor a part of an example, and types fit', async () => {
    expect(others).toEqual([]);
    const examples = readdirSync(join(projectRoot, 'examples'), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => textOf(`examples/${name}`));
    const parts = blocks.filter((block) => block.language !== 'sh' && !programs.includes(block));
    expect(parts).toHaveLength(4);
    expect(parts.filter(({ code }) => !examples.some((example) => example.includes(code)))).toEqual([]);

    await using project = await createScratchProject();
    const names = programs.map((_, index) => `program-${index}.ts`);
    for (const [index, { code }] of programs.entries()) await project.write(`program-${index}.ts`, code);
    expect(await project.typeProblems(...names)).toBe('');
    await project.write('wrong.ts', programs[0]?.code.replace('run.failed', 'run.faild') ?? '');
    expect(await project.typeProblems('wrong.ts')).toContain('run.faild');
  });

  test('its command starts a bot', async () => {
    const [command, ...more] = blocks.filter(({ language }) => language === 'sh');
    expect(more).toEqual([]);
    await using server = await startServerProcess();
    await using bot = startProgram('bash', {
      args: ['-euc', command?.code ?? ''],
      env: { STAGEWIRE_URL: server.url },
    });
    await bot.says(/Watching all runs from feed-\d+\.\d+ on\./);
  });

  test('the first bot reports failed runs that have its label, and of no others', async () => {
    await using server = await startServerProcess({
      env: { STAGEWIRE_MODEL: 'rehearsal/ttft=0,fault=auth' },
    });
    await using bot = await startBlock(failures, { url: server.url });
    await bot.says(/Watching\./);
    await using stagewire = connect({ url: server.url });
    const other = await stagewire.start({ task: 'Write a stack' });
    await other.result();
    const run = await stagewire.start({ task: 'Write a stack', labels: { team: 'payments' } });
    await bot.says(new RegExp(`${run.id} failed: .*the key was not accepted`));
    expect(bot.output()).not.toContain(other.id);
  });

  test('the second bot gets the events that it missed, and none twice', async () => {
    await using server = await startServerProcess({ env: { STAGEWIRE_MODEL: quick } });
    await using stagewire = connect({ url: server.url });
    await using project = await createScratchProject();
    const ids: string[] = [];
    const completeRun = async () => {
      const run = await stagewire.start({ task: 'Write a stack' });
      ids.push(run.id);
      await run.result();
      return run.id;
    };
    let output = '';
    {
      await using bot = await startBlock(comingBack, { url: server.url, project });
      await bot.says(/Watching\./);
      await bot.says(new RegExp(`${await completeRun()} completed, review: approved`));
      const { feedCursor } = await stagewire.list();
      await expect.poll(() => readFile(join(project.path, 'bot.cursor'), 'utf8')).toBe(feedCursor);
      output += bot.output();
    }
    await completeRun();
    await using bot = await startBlock(comingBack, { url: server.url, project });
    await bot.says(new RegExp(`${await completeRun()} completed`));
    output += bot.output();
    const told = [...output.matchAll(/(run_\w+) completed/g)].map(([, id]) => id);
    expect(told).toEqual(ids);
    expect(output.match(/Watching\./g)).toHaveLength(1);
  });

  test('the third bot knows what is in progress when it starts', async () => {
    await using server = await startServerProcess({ env: { STAGEWIRE_MODEL: stalling } });
    await using stagewire = connect({ url: server.url });
    const first = await stagewire.start({ task: 'Write a stack' });
    await using bot = await startBlock(underWay, { url: server.url });
    await bot.says(/1 in progress/);
    const second = await stagewire.start({ task: 'Write a queue' });
    await bot.says(new RegExp(`${second.id} is new`));
    expect(bot.output()).not.toContain(first.id);
  });

  test('the program with one command prints its outcome', async () => {
    await using server = await startServerProcess({ env: { STAGEWIRE_MODEL: stalling } });
    await using stagewire = connect({ url: server.url });
    const run = await stagewire.start({ task: 'Write a stack' });
    for await (const event of run.events()) if (event.type === 'stage.delta') break;
    await using project = await createScratchProject();
    await using steer = await startBlock(outcome, { url: server.url, project, args: [run.id, 'Shorter.'] });
    expect(await steer.exitCode).toBe(0);
    expect(steer.output()).toBe(
      "Accepted for { stage: 1, role: 'architect', attempt: 1 }\nIn the prompt of stage 1, attempt 2.\n",
    );
    await run.cancel();
    await run.result();
    await using late = await startBlock(outcome, { url: server.url, project, args: [run.id, 'Shorter.'] });
    expect(await late.exitCode).toBe(0);
    expect(late.output()).toBe("Rejected: RUN_ENDED { status: 'cancelled' }\n");
  });
});

interface StartBlockOptions {
  readonly url: string;
  readonly args?: readonly string[];
  /** Where it runs, if it leaves something there. @default the project's folder's likeness, for this run only */
  readonly project?: Awaited<ReturnType<typeof createScratchProject>>;
}

async function startBlock(text: string | undefined, { url, args = [], project }: StartBlockOptions) {
  if (text === undefined) throw new Error('docs/BOTS.md has too few programs');
  await using own = new AsyncDisposableStack();
  const place = project ?? own.use(await createScratchProject());
  await place.write('bot.ts', text);
  const kept = own.move();
  const program = startProgram(process.execPath, {
    args: ['--conditions=@stagewire/source', 'bot.ts', ...args],
    cwd: place.path,
    env: { STAGEWIRE_URL: url },
  });
  return {
    ...program,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await kept.disposeAsync();
    },
  };
}
