import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunEvent } from '@stagewire/shared/events';
import { failureTable } from '@stagewire/shared';
import { startKeyedApp } from '../support/keyed-app.ts';
import { describe, expect, test, vi } from 'vitest';
import { command, startCommand } from '../support/command-line.ts';
import { emptyFolder, fast, runningServer, slow, startSlow } from '../support/command-scene.ts';

// Each test starts several processes, and several tests run at once.
vi.setConfig({ testTimeout: 60_000 });

describe.concurrent('run', () => {
  test('starts a server where there is none, shows the run to its end, and leaves nothing running', async () => {
    await using folder = await emptyFolder();
    const { env } = folder;
    const first = await command(['run', 'a', 'small', 'clock'], { env });
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('No server is running. Started one at http://127.0.0.1:');
    // There are no keys without a terminal.
    expect(first.stderr).toMatch(/To steer the run, in a second terminal: npx stagewire steer "/);
    expect(first.stdout).toMatch(/^run {5}run_[a-z0-9]+\ntask {4}a small clock\n/);
    expect(first.stdout).toContain(`── stage 1 · architect · ${fast} ──`);
    expect(first.stdout).toContain('── completed · approved ──');
    expect(first.stdout).not.toContain('"issues"');
    // oxlint-disable-next-line no-control-regex -- none of them may be there
    expect(first.stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);

    const then = await command(['list'], { env });
    expect(then.code).toBe(1);
    expect(then.stderr).toBe(
      `No Stagewire server is running on the data directory ${folder.path}. Start one with ` +
        '"npx stagewire serve", or set STAGEWIRE_URL.\n',
    );
  });

  test('with its own server and authentication, the hint for a second terminal names the token', async () => {
    await using folder = await emptyFolder();
    await using scene = await startKeyedApp();
    const { token } = await scene.key({ owner: 'ada' });
    await scene.stop();
    const env = {
      ...folder.env,
      STAGEWIRE_AUTH: 'keys',
      STAGEWIRE_DATA_DIR: scene.dataDir,
      STAGEWIRE_TOKEN: token,
    };
    const { stderr, code } = await command(['run', 'a', 'small', 'clock'], { env });
    expect({ stderr, code }).toMatchObject({ code: 0 });
    expect(stderr).toContain('in a second terminal: STAGEWIRE_TOKEN=… npx stagewire steer "');
  });

  test('hands on what its options say, and prints only events with --json', async () => {
    await using server = await runningServer();
    const { env, path } = server;
    await writeFile(join(path, 'notes.txt'), 'remember the seconds');
    const options = ['--roles', 'architect,coder', '--with-tester', '--max-refinements', '1'];
    const more = ['--model-for', `coder=${fast},seed=2`.replace(',seed=1,', ','), '--label', 'team=blue'];
    const texts = ['--instruct', 'be brief', '--instruct-for', 'coder=one file', '--file', 'notes.txt'];
    const settings = ['--effort', 'low', '--effort', 'coder=high', '--max-output-tokens', 'coder=9000'];
    const all = ['run', 'a clock', '--json', '--no-reasoning', ...options, ...more, ...settings, ...texts];
    const ran = await command(all, { env, cwd: path });
    expect(ran.stderr).toBe(`Using the server at ${server.app.url}.\n`);
    expect(ran.code).toBe(0);
    const events = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => RunEvent.parse(JSON.parse(line)));
    expect(events[0]).toMatchObject({
      type: 'run.queued',
      task: 'a clock',
      pipeline: { roles: ['architect', 'coder', 'tester'], maxRefinements: 1 },
      settings: { default: { effort: 'low' }, coder: { effort: 'high', maxOutputTokens: 9000 } },
      instructions: { all: 'be brief', coder: 'one file' },
      labels: { team: 'blue' },
    });
    expect(events[1]).toMatchObject({
      type: 'input.recorded',
      path: 'notes.txt',
      text: 'remember the seconds',
    });
    expect(events.at(-1)?.type).toBe('run.completed');
    expect(events.map(({ type }) => type)).not.toContain('stage.reasoning');

    const listed = await command(['list', '--label', 'team=blue'], { env });
    expect(listed.stdout).toMatch(/^run_\S+ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}completed {2}a clock\n$/);
  });

  test('ends with 1 when the run fails, and says why and what to do', async () => {
    await using server = await runningServer();
    const ran = await command(['run', 'x', '--model', 'rehearsal/fault=auth'], { env: server.env });
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('✗ attempt 1 failed: PROVIDER_AUTH, ');
    expect(ran.stdout).toContain(
      `── failed · PROVIDER_AUTH ──\nwhat    ${failureTable.PROVIDER_AUTH}, in stage 1`,
    );
    expect(ran.stdout).toContain('\nnext    Correct the API key in .env, ');
  });

  test('cancels the run at Ctrl-C if the server is its own', async () => {
    await using folder = await emptyFolder();
    await using run = startCommand(['run', 'x', '--model', slow], { env: folder.env });
    await run.sees('stage 1');
    run.signal('SIGINT');
    expect(await run.ended).toBe(130);
    expect(run.stderr).toContain('Cancelling the run. Press Ctrl-C again to exit immediately');
    expect(run.stdout).toContain('── cancelled ──\nby      local: “Ctrl-C”');
  });

  test('only leaves the run at Ctrl-C if the server is elsewhere', async () => {
    await using server = await runningServer();
    await using run = startCommand(['run', 'x', '--model', slow], { env: server.env });
    await run.sees('stage 1');
    run.signal('SIGINT');
    expect(await run.ended).toBe(130);
    const { items } = await server.client.list();
    expect(items[0]?.status).toBe('running');
    expect(run.stderr).toContain(
      `The run continues. To show it again: npx stagewire watch ${items[0]?.runId}\n`,
    );
  });

  test('does not say that a run goes on whose server does not answer', async () => {
    await using server = await runningServer();
    await using watch = startCommand(['run', 'x', '--model', slow], { env: server.env });
    await watch.sees('stage 1');
    await server.app.close();
    await vi.waitFor(() => expect(watch.stderr).toMatch(/Retrying|reconnecting/), { timeout: 20_000 });
    watch.signal('SIGINT');
    expect(await watch.ended).toBe(130);
    expect(watch.stderr).toMatch(
      /\nThe last known status of the run is running, \d+ s ago\. To show it again: npx stagewire watch run_\S+\n/,
    );
    expect(watch.stderr).not.toContain('The run continues');
  });

  test('says nothing when the reader of its output goes, and cancels what nobody sees', async () => {
    await using folder = await emptyFolder();
    const { env } = folder;
    await using run = startCommand(['run', 'x', '--model', slow], { env });
    await run.sees('stage 1');
    run.closeOutput();
    expect(await run.ended).toBe(141);
    expect(run.stderr).not.toMatch(/EPIPE|Error|\n\s+at /);

    await using server = startCommand(['serve'], { env: { ...env, STAGEWIRE_PORT: '0' } });
    await server.sees('Stagewire ready at ');
    const listed = await command(['list'], { env });
    expect(listed.stdout).toMatch(/cancelled {2}x\n$/);
  });
});

describe.concurrent('from another terminal', () => {
  test('watch shows the newest run that is under way, from its first event to its end', async () => {
    await using server = await runningServer();
    const { client, env } = server;
    const run = await startSlow(client);
    await (await client.start({ task: 'done before', models: { default: fast } })).result();
    await using watch = startCommand(['watch'], { env });
    await watch.sees(run.id);
    await watch.sees('stage 1');
    await run.cancel({ reason: 'enough' });
    expect(await watch.ended).toBe(130);
    expect(watch.stdout).toContain('task    a slow clock\n');
    expect(watch.stdout).toContain('── cancelled ──\nby      local: “enough”');

    // None is under way any more: then the newest.
    const again = await command(['watch', '--no-reasoning'], { env });
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('task    done before\n');
    expect(again.stdout).not.toContain('│');
  });

  test('steer, redirect and cancel tell that they are accepted, and then what became of them', async () => {
    await using server = await runningServer();
    const { client, env } = server;
    const run = await startSlow(client);
    await using watch = startCommand(['watch'], { env });

    const steered = await command(['steer', 'use', 'one', 'file'], { env });
    expect(steered).toEqual({
      code: 0,
      stdout: `${run.id}: accepted for stage 1 (architect), attempt 1\napplied: included in the prompt of stage 1, attempt 2\n`,
      stderr: '',
    });
    const redirected = await command(['redirect', 'coder', '--run', run.id, '--expect', '1.2'], { env });
    expect(redirected.stdout).toContain('applied: stage 1 has ended; the coder is next\n');
    const waiting = await command(['steer', 'later', '--mode', 'next', '--no-wait'], { env });
    expect(waiting).toMatchObject({
      code: 0,
      stdout: `${run.id}: accepted for stage 2 (coder), attempt 1\n`,
    });
    await using dropped = startCommand(['steer', 'later', '--mode', 'next', '--scope', 'stage'], { env });
    await dropped.sees('accepted');
    const cancelled = await command(['cancel', '--reason', 'enough'], { env });
    expect(cancelled).toMatchObject({ code: 0 });
    expect(cancelled.stdout).toContain('applied: the run was cancelled in stage 2\n');
    expect(await dropped.ended).toBe(2);
    expect(dropped.stdout).toContain('dropped: the run was cancelled first\n');

    expect(await watch.ended).toBe(130);
    expect(watch.stdout).toContain(
      '» steer, continuing the text by local: “use one file”, accepted for stage 1 (architect), attempt 1\n',
    );
    expect(watch.stdout).toContain(
      '» steer by local applied: included in the prompt of stage 1, attempt 2\n',
    );
    expect(watch.stdout).toContain('» cancel of the run by local: “enough”, accepted for stage 2 (coder)');
  });

  test('prompt shows what the model of an attempt was asked, also without a draft that is dropped', async () => {
    await using server = await runningServer();
    const { client, env } = server;
    const run = await startSlow(client);
    await command(['steer', 'use one file', '--drop-draft'], { env });

    const newest = await command(['prompt'], { env });
    expect(newest.code).toBe(0);
    expect(newest.stdout).toMatch(
      /^stage 1 · architect · attempt 2 · rehearsal\/\S+ · [\d,]+ characters\n\n── system · [\d,]+ characters ──\n\n/,
    );
    expect(newest.stdout).toContain('── user · ');
    expect(newest.stdout).toContain('use one file');
    const first = await command(['prompt', run.id, '--stage', '1', '--attempt', '1', '--json'], { env });
    expect(JSON.parse(first.stdout)).toMatchObject({ stage: 1, attempt: 1, role: 'architect' });
    expect(first.stdout).not.toContain('use one file');
    const { commands } = await run.snapshot();
    expect(commands[0]?.command).toMatchObject({ kind: 'steer', draft: 'drop' });
  });

  test('cancel --stage goes on with the next role', async () => {
    await using server = await runningServer();
    await startSlow(server.client);
    const cancelled = await command(['cancel', '--stage'], { env: server.env });
    expect(cancelled.stdout).toContain('applied: stage 1 has ended; its text is kept\n');
    expect((await server.client.list()).items[0]).toMatchObject({ status: 'running' });
  });
});

test('a server that ended without tidying up is not waited for', async () => {
  await using folder = await emptyFolder();
  const left = { url: 'http://127.0.0.1:9', pid: 1, startedAt: '2026-01-01T00:00:00.000Z' };
  await writeFile(join(folder.path, 'server.json'), JSON.stringify(left));
  const ran = await command(['run', 'x', '--roles', 'architect'], { env: folder.env });
  expect(ran.stderr).toContain('No server is running. Started one');
  expect(ran.code).toBe(0);
});

test('info says which server, and its models', async () => {
  await using server = await runningServer();
  const { stdout, code } = await command(['info'], { env: { ...server.env, NO_COLOR: '1' } });
  expect(stdout).toContain(`url      ${server.app.url}\nmodel    ${fast} (simulated: no model is called)\n`);
  expect(code).toBe(0);
  const coloured = await command(['info'], { env: { ...server.env, FORCE_COLOR: '1' } });
  expect(coloured.stdout).toContain('\u001b[2murl');
});
