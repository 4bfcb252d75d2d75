import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RunPage, ServerInfo } from '@stagewire/shared/contract';
import { RunPrompt } from '@stagewire/shared/state';
import { ModelList } from '@stagewire/shared/model-list';
import { Receipt } from '@stagewire/shared/commands';
import { describe, expect, test, vi } from 'vitest';
import { createProgram } from '../../cli/program.ts';
import type { PromptDiff } from '../../cli/render/render-prompt-diff.ts';
import { command } from '../support/command-line.ts';
import { emptyFolder, fast, runningServer, startSlow } from '../support/command-scene.ts';
import { tableBelow, wordIn } from '../support/markdown-tables.ts';
import { textOf } from '../support/source-tree.ts';

// Each test starts several processes, and several tests run at once.
vi.setConfig({ testTimeout: 60_000 });

test('every command that answers has --json, and docs/CLI.md says what it prints', () => {
  const program = createProgram({
    createContext: () => Promise.reject(new Error('not called')),
    onExitCode: () => undefined,
    jsonErrors: false,
  });
  const commands = program.commands.flatMap((it) =>
    it.commands.length === 0
      ? [{ name: it.name(), options: it.options }]
      : it.commands.map((sub) => ({ name: `${it.name()} ${sub.name()}`, options: sub.options })),
  );
  const withJson = commands
    .filter(({ options }) => options.some(({ long }) => long === '--json'))
    .map(({ name }) => name);
  expect(commands.map(({ name }) => name).filter((name) => !withJson.includes(name))).toEqual([
    'forward',
    'cluster',
    'completion',
    'complete',
    'serve',
  ]);
  const documented = tableBelow(textOf('docs/CLI.md'), '## JSON output').map((row) =>
    wordIn(row['command'] ?? ''),
  );
  expect(documented.toSorted()).toEqual(withJson.toSorted());
});

describe.concurrent('with --json', () => {
  test('list, info and prompt print what the contract defines, as one line', async () => {
    await using server = await runningServer();
    const { env, client } = server;
    await (await client.start({ task: 'one\u009b31m', models: { default: fast } })).result();
    const list = await command(['list', '--limit', '1', '--json'], { env });
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(/^[^\n]+\n$/);
    expect(list.stdout).not.toContain('\u009b');
    expect(RunPage.parse(JSON.parse(list.stdout)).items[0]?.task).toBe('one\u009b31m');

    const { url, ...info } = JSON.parse((await command(['info', '--json'], { env })).stdout) as {
      url: string;
    };
    expect(url).toBe(server.app.url);
    expect(ServerInfo.parse(info).realModel).toBe(false);
    const prompt = await command(['prompt', '--json'], { env });
    RunPrompt.parse(JSON.parse(prompt.stdout));
    const models = await command(['models', '--json'], { env });
    expect(models).toMatchObject({ code: 0, stderr: '' });
    expect(ModelList.parse(JSON.parse(models.stdout)).providers.at(-1)?.provider).toBe('rehearsal');
  });

  test('prompt --diff prints what has changed since the previous prompt, or that there is none', async () => {
    await using server = await runningServer();
    const { env, client } = server;
    const run = await startSlow(client);
    const none = await command(['prompt', '--diff', '--json'], { env });
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('the first prompt of the architect');
    await (
      await run.steer('Use a ring buffer.')
    ).outcome;
    const { stdout } = await command(['prompt', run.id, '--diff', '--json'], { env });
    const { parts, ...rest } = JSON.parse(stdout) as PromptDiff;
    expect(rest).toEqual({
      runId: run.id,
      from: { stage: 1, attempt: 1 },
      to: { stage: 1, attempt: 2 },
      exact: true,
    });
    expect(parts.find(({ kind }) => kind === 'added')?.lines).toContain('Use a ring buffer.');
    const text = await command(['prompt', run.id, '--diff'], { env });
    expect(text.stdout).toMatch(/^stage 1, attempt 1 → stage 1, attempt 2 · \d+ lines added, \d+ removed\n/);
    expect(text.stdout).toContain('\n+ Use a ring buffer.\n');
    expect(text.stdout).toMatch(/\n… \d+ unchanged lines\n/);
    await run.cancel();
  });

  test('steer, redirect and cancel print the receipt and the outcome, with the same exit codes', async () => {
    await using server = await runningServer();
    const { env, client } = server;
    const run = await startSlow(client);
    const steered = await command(['steer', '-', '--json'], { env, input: 'One file.\n' });
    expect(steered).toMatchObject({ code: 0, stderr: '' });
    const { receipt, ...rest } = JSON.parse(steered.stdout) as { receipt: object };
    Receipt.parse(receipt);
    expect(rest).toEqual({ runId: run.id, outcome: { status: 'applied', stage: 1, attempt: 2 } });
    const { commands } = await run.snapshot();
    expect(commands[0]?.command).toMatchObject({ kind: 'steer', mode: 'continue', text: 'One file.' });

    const waiting = await command(
      ['steer', 'x', '--mode', 'next', '--scope', 'stage', '--no-wait', '--json'],
      {
        env,
      },
    );
    expect(Object.keys(JSON.parse(waiting.stdout) as object)).toEqual(['runId', 'receipt']);
    const redirected = await command(['redirect', 'documenter', '--json'], { env });
    expect(JSON.parse(redirected.stdout)).toMatchObject({ outcome: { status: 'applied', stage: 1 } });
    const cancelled = await command(['cancel', '--json'], { env });
    expect(JSON.parse(cancelled.stdout)).toMatchObject({ outcome: { status: 'applied' } });
    expect(cancelled.code).toBe(0);

    const late = await command(['steer', 'x', '--run', run.id, '--json'], { env });
    expect({ code: late.code, stdout: late.stdout }).toEqual({ code: 1, stdout: '' });
    expect(JSON.parse(late.stderr)).toMatchObject({
      error: { code: 'RUN_ENDED', details: { status: 'cancelled' } },
    });
  });

  test('check prints its report, also of a log that is not intact', async () => {
    const server = await runningServer();
    await (await server.client.start({ task: 'x', models: { default: fast } })).result();
    await server.client.close();
    await server.app.close();
    const checked = await command(['check', '--json'], { env: server.env });
    expect({ code: checked.code, stderr: checked.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(checked.stdout)).toMatchObject({
      path: join(server.path, 'log.db'),
      isIntact: true,
      runs: 1,
      fileProblems: [],
      runProblems: [],
      removed: [],
    });
    await server[Symbol.asyncDispose]().catch(() => undefined);
  });

  test.each([
    [['watch', 'nonsense', '--json'], 'NO_SERVER'],
    [['list', '--limit', 'x', '--json'], 'USAGE'],
    [['lst', '--json'], 'USAGE'],
    [['keys', 'create', '--json'], 'USAGE'],
    [['files', '--at', '0', '--json'], 'USAGE'],
    [['check', '--json'], 'PROBLEM'],
    [['run', 'x', '--json', '--model', 'rehearsal/pace=no'], 'USAGE'],
  ])('%j says why not as one line of JSON with the code %s', async (args, code) => {
    await using folder = await emptyFolder();
    const said = await command(args, { env: folder.env });
    expect({ code: said.code, stdout: said.stdout }).toEqual({ code: 1, stdout: '' });
    expect(said.stderr).toMatch(/^[^\n]+\n$/);
    const { error } = JSON.parse(said.stderr) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^\S.*\S$/s);
    const codes = tableBelow(textOf('docs/CLI.md'), '## Errors as JSON').map((row) =>
      wordIn(row['code'] ?? ''),
    );
    expect(codes).toContain(code);
  });

  test('load prints its report, or an error; with a file for the report, errors are text', async () => {
    await using server = await runningServer();
    const { env, path, client } = server;
    await mkdir(join(path, 'folder'));
    const refused = await command(['load', '--runs', '1', '--json', 'folder'], { env, cwd: path });
    expect(refused.stderr).toMatch(/^The report cannot be written to /);
    const unknown = await command(['load', '--runs', '1', '--url', 'http://127.0.0.1:9', '--json'], { env });
    expect(JSON.parse(unknown.stderr)).toMatchObject({ error: { code: 'NO_SERVER' } });
    expect((await client.list()).items).toEqual([]);
    const { stdout } = await command(['load', '--runs', '1', '--warmup', '0s', '--model', fast, '--json'], {
      env,
    });
    expect(JSON.parse(stdout)).toMatchObject({ reportVersion: 2, counters: { runs_started: 1 } });
  });
});

describe.concurrent('a dash reads the standard input', () => {
  test('for the task of a run', async () => {
    await using server = await runningServer();
    const { env, client } = server;
    const input = 'A clock.\n\nIt ticks: ü.\n';
    const ran = await command(['run', '-', '--json', '--roles', 'architect'], { env, input });
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout.split('\n')[0] ?? '')).toMatchObject({ task: input.trim() });
    // Among other words it is a word.
    await command(['run', 'a', '-', 'b', '--roles', 'architect'], { env });
    expect((await client.list()).items[0]?.task).toBe('a - b');
  });

  test.each([
    ['', 'The standard input is empty, so there is no task.'],
    [' \n\t\n', 'The standard input is empty, so there is no task.'],
    [new Uint8Array([0x66, 0xff, 0xfe]), 'The standard input is not UTF-8 text, so it cannot be a task.'],
    ['a\0b', 'The standard input is not UTF-8 text, so it cannot be a task.'],
    ['x'.repeat(100_001), 'The standard input is too long for a task: the limit is 100000 characters.'],
    ['x'.repeat(1_000_000), 'The standard input is too long for a task: the limit is 100000 characters.'],
  ])('and starts nothing if it holds no task (%#)', async (input, why) => {
    await using server = await runningServer();
    const { code, stdout, stderr } = await command(['run', '-'], { env: server.env, input });
    expect(stderr).toContain(why);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect((await server.client.list()).items).toEqual([]);
  });
});

test('an error of a sub-command names its own help', async () => {
  const { stderr } = await command(['steer', 'x', '--mode', 'never']);
  expect(stderr).toMatch(/\nSee .*stagewire.* steer --help\.\n$/);
  expect((await command(['files', 'a', 'b'])).stderr).toMatch(/\nSee .* files --help\.\n$/);
});
