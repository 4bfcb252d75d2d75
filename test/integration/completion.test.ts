import { spawnSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { completionScripts } from '../../cli/completion/completion-scripts.ts';
import { command } from '../support/command-line.ts';
import { fast, runningServer } from '../support/command-scene.ts';
import { projectRoot } from '../support/source-tree.ts';
import { hasPseudoTerminal, openWindow } from '../support/terminal-window.ts';

vi.setConfig({ testTimeout: 60_000 });

let server: Awaited<ReturnType<typeof runningServer>>;
let runId = '';
/** A folder with a program `stagewire`, and scripts of the shells. */
let env: Record<string, string> = {};
beforeAll(async () => {
  server = await runningServer();
  runId = (await server.client.start({ task: 'a: clock', models: { default: fast } })).id;
  const program = join(server.path, 'stagewire');
  await writeFile(
    program,
    `#!/bin/sh\nexec '${process.execPath}' --conditions=@stagewire/source '${projectRoot}cli/stagewire.ts' "$@"\n`,
  );
  await chmod(program, 0o755);
  for (const [shell, script] of Object.entries(completionScripts)) {
    await writeFile(join(server.path, `completion.${shell}`), script);
  }
  env = { ...server.env, PATH: `${server.path}:${process.env['PATH'] ?? ''}`, TERM: 'xterm' };
  return () => server[Symbol.asyncDispose]();
});

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

test('has no values of a server that is not there', async () => {
  const none = await command(['complete', '--line', 'stagewire watch '], {
    env: { ...env, STAGEWIRE_URL: 'http://127.0.0.1:9' },
  });
  expect(none).toEqual({ stdout: 'words\n', stderr: '', code: 0 });
});

describe('in a real shell', () => {
  test.for([
    ['bash', ['bash', '--norc', '--noprofile', '-i'], ''],
    ['zsh', ['zsh', '-f', '-i'], 'autoload -U compinit; compinit -u -D; '],
    ['fish', ['fish', '--no-config', '-i'], ''],
  ] as const)('%s completes a command, a status and a run', async ([shell, program, before], { skip }) => {
    if (!has(shell) || !hasPseudoTerminal) skip(`There is no ${shell}, or no pseudo-terminal.`);
    await using window = openWindow(program, { env, columns: 120 });
    window.type(`${before}source ${join(server.path, `completion.${shell}`)}; echo rea""dy\r`);
    await window.sees('ready');
    window.type('stagewire red\t');
    await window.sees('stagewire redirect ');
    window.type('\u0015stagewire list --status=comp\t');
    await window.sees('stagewire list --status=completed');
    window.type('\u0015stagewire watch run_\t');
    await window.sees(`stagewire watch ${runId}`);
    expect(window.screen()).not.toMatch(/not found|error/i);
  });
});
