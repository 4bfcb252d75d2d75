import { describe, expect, test, vi } from 'vitest';
import { command } from '../support/command-line.ts';
import { emptyFolder, fast, runningServer, slow, startSlow } from '../support/command-scene.ts';
import { projectRoot } from '../support/source-tree.ts';
import { hasPseudoTerminal, openWindow, stagewireWindow } from '../support/terminal-window.ts';

vi.setConfig({ testTimeout: 60_000 });

const enter = '\r';
const escape = '\u001b';
const tab = '\t';
const controlC = '\u0003';
const controlT = '\u0014';
const hints = 's steer · r redirect · x cancel · ? keys';

/** A window that shows a slow run of a server in this process. */
async function watchedRun(options: { columns?: number; env?: Record<string, string> } = {}) {
  const server = await runningServer();
  const run = await startSlow(server.client);
  const { env, columns = 80 } = options;
  const window = stagewireWindow(['watch', run.id], { columns, env: { ...server.env, ...env } });
  return {
    run,
    window,
    async [Symbol.asyncDispose]() {
      await window[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** In one row, with one space for each line break and each run of spaces. */
const joined = (text: string) => text.replace(/\s+/g, ' ');
const lettersOf = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '');

describe.runIf(hasPseudoTerminal)('keys in the window that shows a run', { concurrent: true }, () => {
  test('steer the stage in which typing started, and leave nothing behind', async () => {
    await using scene = await watchedRun();
    const { window, run } = scene;
    await window.sees(hints);
    window.type('s');
    await window.sees('Steer Architect, stage 1: continue its text');
    window.type('Call it Gate.');
    await window.sees('› Call it Gate.');
    window.type(enter);
    await window.sees('» steer, continuing the text by local: “Call it Gate.”, accepted');
    await window.sees('» steer by local applied: included in the prompt of stage 1, attempt 2');
    const { commands } = await run.snapshot();
    expect(commands.map(({ command: it }) => it)).toMatchObject([
      { kind: 'steer', mode: 'continue', scope: 'run' },
    ]);
    window.type('?');
    await window.sees('Ctrl-C  leave; the run continues');
    window.type('?');
    await window.sees(hints);
    window.type(controlC);
    expect(await window.ended).toBe(130);
    expect(window.history()).toContain('The run continues. To show it again:');
    expect(window.history()).not.toMatch(/r redirect|› |Enter sends/);
  });

  test('send nothing to a stage that was not meant', async () => {
    await using scene = await watchedRun();
    const { window, run } = scene;
    await window.sees(hints);
    window.type('sAdd a check');
    await window.sees('› Add a check');
    await run.redirect('coder');
    await window.sees('You started typing in Architect, stage 1. The run is now in Coder, stage 2.');
    // Enter is ignored, and the character after it is part of the text.
    window.type(`${enter}.`);
    await window.sees('› Add a check.');
    window.type(controlT);
    await window.sees('Steer Coder, stage 2: continue its text');
    window.type(enter);
    await window.sees('included in the prompt of stage 2, attempt 2');
    const { commands } = await run.snapshot();
    expect(commands.map(({ command: it }) => it)).toMatchObject([
      { kind: 'redirect' },
      { kind: 'steer', text: 'Add a check.', expect: { stage: 2 } },
    ]);
  });

  test('redirect, restart a review, and cancel a stage and the run', async () => {
    await using scene = await watchedRun();
    const { window, run } = scene;
    await window.sees(hints);
    window.type('r');
    await window.sees('Redirect from Architect, stage 1 to architect [coder] reviewer');
    window.type(`${tab}${enter}`);
    await window.sees('applied: stage 1 has ended; the reviewer is next');
    window.type('s');
    await window.sees('Steer Reviewer, stage 2: restart it with the instruction and its draft');
    window.type(escape);
    await window.sees(hints);
    window.type('x');
    await window.sees('Cancel Reviewer, stage 2: its text is kept, and the run continues');
    window.type(enter);
    await window.sees('stage 2 has ended; its text is kept');
    window.type('X');
    await window.sees('Cancel the run');
    window.type(`enough${enter}`);
    expect(await window.ended).toBe(130);
    expect(window.history()).toContain('by      local: “enough”');
    expect((await run.snapshot()).status).toBe('cancelled');
  });

  test('keep the text of a rejected command, and show why', async () => {
    await using server = await runningServer();
    const limits = { maxAttemptsPerStage: 1 };
    const { id } = await server.client.start({ task: 'x', models: { default: slow }, limits });
    await using window = stagewireWindow(['watch', id], { env: server.env });
    await window.sees(hints);
    await window.sees('stage 1');
    window.type(`sAgain${enter}`);
    await window.sees('» steer rejected: ');
    await window.sees('› Again');
    expect(window.history()).toContain('Nothing was changed.');
  });

  test('show a text that was not sent when the run ends', async () => {
    await using scene = await watchedRun();
    const { window, run } = scene;
    await window.sees(hints);
    window.type('sHalf of');
    await window.sees('› Half of');
    await run.cancel();
    window.type(' a thought');
    expect(await window.ended).toBe(130);
    expect(window.history()).toContain('Not sent: Half of a thought');
  });

  test('give the terminal back as it was', async () => {
    await using server = await runningServer();
    const run = await startSlow(server.client);
    const watch = `'${process.execPath}' --conditions=@stagewire/source '${projectRoot}cli/stagewire.ts' watch ${run.id}`;
    await using window = openWindow(['sh', '-c', `trap : INT; ${watch}; echo "code $?"; stty -a`], {
      env: server.env,
    });
    await window.sees(hints);
    window.type(controlC);
    await window.ended;
    expect(window.history()).toContain('code 130');
    expect(window.history()).toMatch(/[^-]icanon/);
    expect(window.history()).toMatch(/[^-]echo /);
    expect(window.sent.lastIndexOf('\u001b[?25h')).toBeGreaterThanOrEqual(
      window.sent.lastIndexOf('\u001b[?25l'),
    );
  });
});

describe.runIf(hasPseudoTerminal)('a window that shows a run', { concurrent: true }, () => {
  test('of its own server is steered by its keys, and names no second terminal', async () => {
    await using folder = await emptyFolder();
    await using window = stagewireWindow(['run', 'a', 'small', 'clock', '--model', slow], {
      env: folder.env,
    });
    await window.sees('Started one at http://127.0.0.1:');
    await window.sees(hints);
    expect(window.history()).not.toContain('second terminal');
    window.type(controlC);
    expect(await window.ended).toBe(130);
  });

  test('keeps the whole text while its size changes and a text is typed', async () => {
    await using server = await runningServer();
    const model = 'rehearsal/tps=150,ttft=1,reasoning=20,chars=3500,seed=2';
    const { client, env } = server;
    const run = await client.start({
      task: 'a clock',
      models: { default: model },
      pipeline: { roles: ['coder'] },
    });
    await using window = stagewireWindow(['watch', run.id], { env, columns: 70 });
    await window.sees(hints);
    const grows = async () => {
      const before = window.sent.length;
      await vi.waitFor(() => expect(window.sent.length).toBeGreaterThan(before + 200), { timeout: 5000 });
    };
    window.type('swide 中文');
    await window.sees('wide 中文');
    window.resize(100, 20);
    await grows();
    // A terminal that breaks the rows below the text loses its place: before it gets narrower, they are short.
    window.type(escape);
    await window.sees('s steer (unsent text)');
    window.resize(64, 30);
    expect(await window.ended).toBe(0);
    const [attempt] = (await run.snapshot()).stages[0]?.attempts ?? [];
    expect(attempt?.text.length).toBeGreaterThan(1000);
    expect(lettersOf(window.history())).toContain(lettersOf(attempt?.text ?? ''));
    expect(window.history()).not.toMatch(/r redirect|› /);
  });

  test('breaks rows at spaces in a narrow window', async () => {
    await using server = await runningServer();
    const { client, env } = server;
    const run = await client.start({
      task: 'a clock that shows the time of several cities',
      models: { default: fast },
    });
    await run.result();
    await using window = stagewireWindow(['watch', run.id], { env, columns: 30 });
    expect(await window.ended).toBe(0);
    const rows = window.history().split('\n');
    expect(window.history()).toContain('\ntask    a clock that shows\n  the time of several cities\n');
    expect(rows.filter((row) => row.length > 29)).toEqual([]);
    expect(joined(window.history())).toContain('architect → coder → reviewer →');
  });

  test('has no colours with NO_COLOR, and no sequences at all with TERM=dumb', async () => {
    await using server = await runningServer();
    const { client, env } = server;
    const run = await client.start({
      task: 'a clock',
      models: { default: fast },
      pipeline: { roles: ['coder'] },
    });
    await run.result();
    const sentWith = async (more: Record<string, string>) => {
      await using window = stagewireWindow(['watch', run.id], { env: { ...env, ...more } });
      expect(await window.ended).toBe(0);
      return window.sent;
    };
    // oxlint-disable no-control-regex -- the sequences that are looked for
    const colours = /\u001b\[(?:[1-9]|3\d|4\d)m/;
    expect(await sentWith({})).toMatch(colours);
    expect(await sentWith({ NO_COLOR: '1' })).not.toMatch(colours);
    expect(await sentWith({ TERM: 'dumb' })).not.toContain('\u001b');
    const piped = await command(['watch', run.id], { env });
    expect(piped.stdout).not.toContain('\u001b');
    const forced = await command(['watch', run.id], { env: { ...env, FORCE_COLOR: '1' } });
    expect(forced.stdout).toMatch(colours);
    expect(forced.stdout).not.toMatch(/\u001b\[[^m]*[^m\d;[]/);
  });

  test('reads no keys with --no-keys', async () => {
    await using server = await runningServer();
    const run = await startSlow(server.client);
    await using window = stagewireWindow(['watch', run.id, '--no-keys'], { env: server.env });
    await window.sees('stage 1');
    expect(window.screen()).not.toContain('r redirect');
    expect(window.sent).not.toContain('\u001b[?2004h');
  });
});

test('keys are tested, or the report says that they are not', ({ skip }) => {
  if (!hasPseudoTerminal) skip('There is no python3 that can open a pseudo-terminal.');
  expect(hasPseudoTerminal).toBe(true);
});
