import { describe, expect, test, vi } from 'vitest';
import { parseFrom } from '../../cli/commands/parse-from.ts';
import { command } from '../support/command-line.ts';
import { fast, runningServer } from '../support/command-scene.ts';

// Each test starts several processes, and several tests run at once.
vi.setConfig({ testTimeout: 60_000 });

function runIdIn(stdout: string): string {
  return /run_[a-z0-9]+/.exec(stdout)?.[0] ?? '';
}

describe('run --from', () => {
  test('reruns the stage that failed with the command that the summary names, and no stage before it', async () => {
    await using server = await runningServer();
    const { env } = server;
    const roles = ['--roles', 'architect,coder'];
    const failed = await command(['run', 'a clock', ...roles, '--model', `${fast},fault=coder.auth`], {
      env,
    });
    expect(failed.code).toBe(1);
    const runId = runIdIn(failed.stdout);
    expect(failed.stdout).toMatch(new RegExp(`^rerun .* run --from ${runId}$`, 'm'));

    const ran = await command(['run', '--from', runId, '--model', fast], { env });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(new RegExp(`^from {4}${runId}, stage 2\ntask {4}a clock$`, 'm'));
    expect(ran.stdout).toContain(`── stage 1 · architect · inherited from ${runId} ──`);
    expect(ran.stdout).toContain(`── stage 2 · coder · ${fast} ──`);
    expect(ran.stdout).not.toContain('# Design');
    expect(ran.stdout).toContain('stages  1 inherited · coder');
    expect(ran.stdout).not.toMatch(/^rerun/m);
  });

  test('follows up on a completed run, and forks an attempt', async () => {
    await using server = await runningServer();
    const { env } = server;
    const first = await command(['run', 'a clock', '--roles', 'coder', '--model', fast], { env });
    const runId = runIdIn(first.stdout);
    const more = await command(
      ['run', '--from', runId, '--roles', 'tester', '--model', fast, 'now', 'add', 'tests'],
      { env },
    );
    expect(more.code).toBe(0);
    expect(more.stdout).toContain(`${runId}, as a follow-up\n`);
    const prompt = await command(['prompt', runIdIn(more.stdout)], { env });
    expect(prompt.stdout).toContain('now add tests');
    expect(prompt.stdout).toContain('# Earlier tasks');
    const file = /^files {3}(\S+)/m.exec(first.stdout)?.[1] ?? '?';
    expect(prompt.stdout).toContain(` ${file}\n1| `);

    const forked = await command(['run', '--from', `${runId}:1.1`, '--model', fast, '--json'], { env });
    expect(forked.code).toBe(0);
    expect(forked.stdout).toContain('"cause":"fork"');
  });

  test('says what is wrong before anything is started', async () => {
    await using server = await runningServer();
    const { env } = server;
    const noTask = await command(['run'], { env });
    expect(noTask.code).not.toBe(0);
    expect(noTask.stderr).toContain("missing required argument 'task' (or --from)");
    const noRun = await command(['run', '--from', 'the last one'], { env });
    expect(noRun.code).not.toBe(0);
    expect(noRun.stderr).toContain('run_…:2.1');
    const unknown = await command(['run', '--from', 'run_never-there-1'], { env });
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('Run run_never-there-1 does not exist.');
  });

  test.each([
    ['run_0mi6k2x4q7', { runId: 'run_0mi6k2x4q7' }],
    ['run_0mi6k2x4q7:3', { runId: 'run_0mi6k2x4q7', stage: 3 }],
    ['run_0mi6k2x4q7:3.12', { runId: 'run_0mi6k2x4q7', stage: 3, attempt: 12 }],
    ['run_0mi6k2x4q7:', undefined],
    ['run_0mi6k2x4q7:0', undefined],
    ['run_0mi6k2x4q7:3.', undefined],
    ['run_0mi6k2x4q7:3.0', undefined],
    ['run_0mi6k2x4q7.3', undefined],
    ['3.1', undefined],
    ['', undefined],
  ])('%s is read as %j', (text, from) => {
    expect(parseFrom(text)).toEqual(from);
  });
});
