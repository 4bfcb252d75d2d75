import { readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { codeOf, type Run } from '../../client/index.ts';
import { confirm } from '../../cli/delete/confirm.ts';
import type { CliContext } from '../../cli/terminal/cli-context.ts';
import { command } from '../support/command-line.ts';
import { runningServer } from '../support/command-scene.ts';

// Each test starts several processes.
vi.setConfig({ testTimeout: 60_000 });

let server: Awaited<ReturnType<typeof runningServer>>;
beforeAll(async () => {
  server = await runningServer();
}, 60_000);
afterAll(() => server?.[Symbol.asyncDispose]());

async function endedRun(task: string, labels: Record<string, string> = {}): Promise<Run> {
  const models = { default: 'rehearsal/tps=0,ttft=0,chars=100,reasoning=0' };
  const run = await server.client.start({ task, labels, models, pipeline: { roles: ['documenter'] } });
  await run.result();
  return run;
}

test('without a terminal and without --yes nothing is deleted', async () => {
  const run = await endedRun('Kept');
  for (const more of [[], ['--json']]) {
    const { code, stdout, stderr } = await command(['delete', run.id, ...more], {
      env: server.env,
      input: 'y\n',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('To delete 1 run, add --yes');
  }
  // A selection that is wrong is not met with the advice to confirm it.
  const nothing = await command(['delete'], { env: server.env, input: 'y\n' });
  expect(nothing.stderr).toContain('Which runs?');
  expect(nothing.stderr).not.toContain('--yes');
  expect((await run.snapshot()).task).toBe('Kept');
});

test('deletes the named runs, names those that it could not delete, and exits with 1 for them', async () => {
  const run = await endedRun('Doomed');
  const live = await server.client.start({
    task: 'Live',
    models: { default: 'rehearsal/tps=0,ttft=0,fault=stall@10' },
    pipeline: { roles: ['documenter'] },
  });
  const { code, stdout, stderr } = await command(['delete', run.id, live.id, '--yes'], { env: server.env });
  expect(code).toBe(1);
  expect(stdout).toBe(`${run.id}: deleted\nDeleted 1 run. Not deleted: 1.\n`);
  expect(stderr).toContain(`${live.id}: not deleted. Run ${live.id} has not ended yet`);
  expect(await run.snapshot().catch(codeOf)).toBe('RUN_EXPIRED');

  await live.cancel();
  await live.result();
  const again = await command(['delete', run.id, live.id, '--yes', '--json'], { env: server.env });
  expect(again.code).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({
    deleted: [{ runId: run.id }, { runId: live.id }],
    gone: [],
    failed: [],
  });
});

test('deletes all runs of a label, and only those; --search lists by words', async () => {
  const runs = await Promise.all(
    [1, 2, 3].map((number) => endedRun(`Rate limiter ${number}`, { who: 'ada' })),
  );
  const kept = await endedRun('Rate limiter 4', { who: 'bob' });
  const listed = await command(['list', '--search', 'LIMITER ada', '--json'], { env: server.env });
  const { items } = JSON.parse(listed.stdout) as { items: { runId: string }[] };
  expect(items.map(({ runId }) => runId).toSorted()).toEqual(runs.map(({ id }) => id).toSorted());
  const { code, stdout } = await command(['delete', '--label', 'who=ada', '--yes'], { env: server.env });
  expect(code).toBe(0);
  expect(stdout).toContain('Deleted 3 runs.');
  expect((await kept.snapshot()).status).toBe('completed');
  const none = await command(['delete', '--label', 'who=ada', '--yes'], { env: server.env });
  expect(none).toMatchObject({ code: 0, stdout: 'No runs match.\n' });
});

test('the commands of docs/OPERATIONS.md delete what they say', async () => {
  const document = await readFile(new URL('../../docs/OPERATIONS.md', import.meta.url), 'utf8');
  const lines = [...document.matchAll(/^npx stagewire (delete .*)$/gm)].map(([, words = '']) => words);
  expect(lines).toHaveLength(2);
  const named = await endedRun('One');
  const labelled = await endedRun('Another', { customer: '17' });
  for (const line of lines) {
    const words = line.replace(/run_\w+/, named.id).split(' ');
    const { code } = await command([...words, ...(words.includes('--yes') ? [] : ['--yes'])], {
      env: server.env,
    });
    expect({ line, code }).toEqual({ line, code: 0 });
  }
  for (const run of [named, labelled]) expect(await run.snapshot().catch(codeOf)).toBe('RUN_EXPIRED');
});

test('rejects a selection that is missing, double or malformed', async () => {
  for (const args of [[], ['run_12345678', '--verify'], ['--verify', 'nonsense'], ['nonsense']]) {
    const { code, stdout } = await command(['delete', ...args, '--yes'], { env: server.env });
    expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' });
  }
});

test.each([
  ['y\n', true],
  ['YES\n', true],
  ['n\n', false],
  ['\n', false],
  ['yesterday\n', false],
  ['', false],
])('the answer %j confirms: %s', async (answer, expected) => {
  const input = new PassThrough();
  const written: string[] = [];
  const screen = { write: (text: string) => Promise.resolve(void written.push(text)) };
  const asked = confirm({ input, screen } as unknown as CliContext, 'Delete 1 run?');
  input.end(answer);
  expect(await asked).toBe(expected);
  expect(written[0]).toBe('Delete 1 run? [y/N] ');
});
