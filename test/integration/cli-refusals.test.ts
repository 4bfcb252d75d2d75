import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { command } from '../support/command-line.ts';
import { emptyFolder, runningServer, startSlow } from '../support/command-scene.ts';

// Each test starts several processes, and several tests run at once.
vi.setConfig({ testTimeout: 60_000 });

const missing = 'run_0123456789abcdef';

describe.concurrent('what is refused is said in one sentence, without a stack', () => {
  const cases: readonly (readonly [what: string, args: readonly string[], said: string])[] = [
    ['an unknown run', ['watch', missing], 'npx stagewire list'],
    ['another stage', ['steer', 'hi', '--expect', '3'], '. Nothing was changed. Check the current state'],
    ['a stage that is not there', ['prompt', '--stage', '7'], ' has no stage 7. "npx stagewire watch run_'],
    ['an effort that is none', ['run', 'x', '--effort', 'coder=more'], 'Expected low, medium or high.'],
    ['settings of a role that is none', ['run', 'x', '--effort', 'poet=low'], '--effort poet: '],
    ['no tokens at all', ['run', 'x', '--max-output-tokens', 'coder=0'], 'Expected a whole number above 0.'],
    ['roles that are none', ['run', 'x', '--roles', 'poet'], '--roles: '],
    [
      'a file that is not there',
      ['run', 'x', '--file', 'no-such-file'],
      'The file no-such-file cannot be read',
    ],
    ['an unknown command', ['rnu', 'x'], "unknown command 'rnu'\n(Did you mean run?)"],
  ];
  test('with a run under way', async () => {
    await using server = await runningServer();
    await startSlow(server.client);
    const { env } = server;
    for (const [what, args, said] of cases) {
      const { code, stderr, stdout } = await command(args, { env });
      expect(stderr, what).toContain(said);
      expect({ what, code, stdout }).toEqual({ what, code: 1, stdout: '' });
      expect(stderr, what).not.toMatch(/\n\s+at /);
    }
  });

  test('a server without authentication, for what needs an admin', async () => {
    await using server = await runningServer();
    for (const args of [['audit'], ['trace', '--since', '1h']]) {
      const { code, stderr, stdout } = await command(args, { env: server.env });
      expect(stderr).toContain('it runs without authentication. Start it with STAGEWIRE_AUTH=keys, ');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    }
  });

  test('a database without the address of a server', async () => {
    const env = { STAGEWIRE_DATABASE_URL: 'postgres://u:geheimes-wort@127.0.0.1:1/x' };
    for (const args of [['run', 'x'], ['list'], ['steer', 'hi']]) {
      const { code, stderr, stdout } = await command(args, { env });
      expect(stderr).toMatch(/^STAGEWIRE_DATABASE_URL is set: .* Set STAGEWIRE_URL to one of them\.\n$/);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    }
  });

  test('a run that has ended', async () => {
    await using server = await runningServer();
    await (await server.client.start({ task: 'x' })).result();
    const { code, stderr } = await command(['steer', 'hi'], { env: server.env });
    expect(stderr).toMatch(/^.*Nothing was changed.*npx stagewire run.*\n$/);
    expect(code).toBe(1);
    // Its first mistake, though the run has ended too.
    const misspelt = await command(['redirect', 'archi'], { env: server.env });
    expect(misspelt.stderr).toContain('Did you mean architect?');
    expect(misspelt.code).toBe(1);
  });

  test('a role of a scenario that the server does not have, before a run is started', async () => {
    await using server = await runningServer();
    const path = join(server.env.STAGEWIRE_DATA_DIR, 'scenario.json');
    const commands = [{ after: '1s', redirect: 'archi' }];
    await writeFile(path, JSON.stringify({ runs: [{ start: { task: 'x' }, commands }] }));
    const { code, stderr } = await command(['load', '--scenario', path], { env: server.env });
    expect(stderr).toContain('runs[0].commands[0].redirect: unknown role "archi". Did you mean architect?');
    expect(code).toBe(1);
    expect((await server.client.list()).items).toEqual([]);
  });

  test('a server that does not answer', async () => {
    await using folder = await emptyFolder();
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    silent.close();
    const env = { ...folder.env, STAGEWIRE_URL: `http://127.0.0.1:${port}` };
    const { code, stderr } = await command(['run', 'x'], { env });
    expect(stderr).toMatch(/^[^\n]+\n$/);
    for (const fact of [`http://127.0.0.1:${port},`, `ECONNREFUSED 127.0.0.1:${port}`, 'STAGEWIRE_URL']) {
      expect(stderr).toContain(fact);
    }
    expect(code).toBe(1);
  });

  test('settings that a server of its own cannot start with', async () => {
    await using folder = await emptyFolder();
    const { code, stderr } = await command(['run', 'x'], { env: { ...folder.env, STAGEWIRE_PORT: 'many' } });
    expect(stderr).toMatch(/^STAGEWIRE_PORT must be a port .*65535.*got "many"\.\n$/);
    expect(code).toBe(1);
  });
});
