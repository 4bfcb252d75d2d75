import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot, textOf } from '../support/source-tree.ts';
import { startProgram } from '../support/started-program.ts';

// What `npx stagewire` runs in a clone.

const { bin } = JSON.parse(textOf('cli/package.json')) as { readonly bin: { readonly stagewire: string } };
const program = join(projectRoot, 'cli', bin.stagewire);

describe('the command of a clone', () => {
  test('can be executed, so that npm need not change its mode, which git would report', () => {
    expect(() => accessSync(program, constants.X_OK)).not.toThrow();
  });

  test('runs the sources, from any folder, and returns their exit code', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [program, ...args], { cwd: '/', encoding: 'utf8' });
    const version = run('--version');
    expect([version.status, version.stdout, version.stderr]).toEqual([0, '0.1.0\n', '']);
    expect(run('no-such-command').status).not.toBe(0);
    const env = { PATH: process.env['PATH'], STAGEWIRE_URL: 'http://127.0.0.1:1' };
    expect(spawnSync(process.execPath, [program, 'list'], { env, encoding: 'utf8' }).status).toBe(1);
  });

  test('starts the server, and a signal stops it', async () => {
    await using server = startProgram(process.execPath, {
      args: [program],
      env: { STAGEWIRE_PORT: '0', STAGEWIRE_LOG: 'memory', STAGEWIRE_MODEL: 'rehearsal' },
    });
    await server.says(/Stagewire ready at (\S+)\n/);
    server.signal('SIGINT');
    await server.says(/Stopping/);
    expect(await server.exitCode).toBe(0);
  });

  test('needs a Node that can read the sources, and an older one exits with the reason', () => {
    const older = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.9.0'}})`;
    const { status, stderr } = spawnSync(process.execPath, ['--import', older, program], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toBe(
      'Stagewire needs Node 24 or later, and this is Node 20.9.0. "npx stagewire" in the clone uses the Node that "npm ci" ' +
        'has installed.\n',
    );
  });
});
