import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { codeBlocksIn } from '../support/code-blocks.ts';
import { command } from '../support/command-line.ts';
import { emptyFolder } from '../support/command-scene.ts';
import { keyTraces } from '../support/key-traces.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { isMissing } from '../support/missing-program.ts';
import { projectRoot, textOf } from '../support/source-tree.ts';
import { startProgram, type StartedProgram } from '../support/started-program.ts';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const fast = 'rehearsal/ttft=0,tps=0,chars=200,reasoning=0';

test('docs/OPERATIONS.md, Authentication: every command does what the page says', async () => {
  await using folder = await emptyFolder();
  const env = { ...folder.env, XDG_CONFIG_HOME: join(folder.path, 'config'), STAGEWIRE_PORT: '0' };
  const [serve = '', login = '', info = '', bot = '', revoke = '', ...more] = codeBlocksIn(
    textOf('docs/OPERATIONS.md'),
  )
    .filter(({ heading, language }) => heading === 'Authentication' && language === 'sh')
    .map(({ code }) => code);
  expect(more).toEqual([]);
  await using server = shell(serve, env);
  await server.says(/There is no access key yet, so every call is rejected\.[^]*Stagewire ready at/);

  expect(await outputOf(login, env)).toMatch(/Signed in to http:\/\/127\.0\.0\.1:\d+ as ada, owner ada\./);
  expect(await outputOf(info, env)).toMatch(/^auth {5}keys\nyou {6}ada \(key:[0-9a-f]{16}\), user\n/m);
  expect(await outputOf(bot, env)).toContain('No runs found.');
  const revoked = await outputOf(revoke, env);
  expect(revoked).toMatch(/^[0-9a-f]{16} {2}until \d{4}-\d\d-\d\d {2}nightly {2}bot {3}ada /m);
  expect(revoked).toMatch(/Key [0-9a-f]{16} \(nightly\) is revoked\./);
});

describe('keys', () => {
  test('prints the key alone on standard output, once, and never again', async () => {
    await using folder = await emptyFolder();
    const { env } = folder;
    const created = await command(['keys', 'create', '--name', 'ada'], { env });
    expect(created.stdout).toMatch(/^swk_[0-9a-f]{16}_[0-9a-f]{64}\n$/);
    expect(created.stderr).toContain('shown only once');
    const json = await command(['keys', 'create', '--name', 'bot', '--json', '--expires', '1h'], { env });
    const { token, ...key } = JSON.parse(json.stdout) as { token: string; id: string };
    expect(key).toMatchObject({ id: token.slice(4, 20), owner: 'bot', kind: 'user' });
    for (const args of [['list'], ['list', '--json'], ['revoke', token], ['revoke', key.id]]) {
      const { code, stdout, stderr } = await command(['keys', ...args], { env });
      expect(code).toBe(0);
      expect(keyTraces([token.slice(21), created.stdout.slice(21)], stdout + stderr)).toEqual([]);
    }
  });

  test.each([
    ['a name that is missing', ['create'], '--name'],
    ['a permission that is none', ['create', '--name', 'x', '--permissions', 'runs:fly'], 'runs:read'],
    ['a list of no permissions', ['create', '--name', 'x', '--permissions', ''], 'runs:read'],
    ['an expiry that is none', ['create', '--name', 'x', '--expires', 'soon'], '30d, or never'],
    ['a name that could deceive', ['create', '--name', '\u001b[31mred'], 'name: '],
    ['an id that is none', ['revoke', 'ada'], 'Expected the id of a key'],
    ['an unknown id', ['revoke', '0123456789abcdef'], 'keys list" shows the keys.'],
  ])('%s is rejected in a sentence', async (_name, args, sentence) => {
    await using folder = await emptyFolder();
    const { code, stdout, stderr } = await command(['keys', ...args], { env: folder.env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr).not.toContain('\u001b');
  });

  test('with --url they call that server, and need admin', async () => {
    await using app = await startKeyedApp();
    await using folder = await emptyFolder();
    const admin = await app.key({ name: 'root', permissions: ['admin'] });
    const user = await app.key({ name: 'user' });
    const as = (token: string) => ({ ...folder.env, STAGEWIRE_TOKEN: token, STAGEWIRE_URL: app.url });
    const created = await command(['keys', 'create', '--name', 'far'], { env: as(admin.token) });
    expect((await app.fetch('/trpc/server.info', created.stdout.trim())).status).toBe(200);
    expect((await command(['list'], { env: as(created.stdout.trim()) })).code).toBe(0);
    const listed = await command(['keys', 'list'], { env: as(admin.token) });
    expect(listed.stdout).toContain('far');
    const refused = await command(['keys', 'list'], { env: as(user.token) });
    expect(refused.stderr).toMatch(
      /^The caller does not have the permission admin\. ".* info" shows what you may do/,
    );
    const revoked = await command(['keys', 'revoke', user.id, '--url', app.url], { env: as(admin.token) });
    expect(revoked.code).toBe(0);
    const rejected = await command(['list'], { env: as(user.token) });
    expect(rejected.stderr).toMatch(/^The access key was revoked\. Sign in with ".* login"/);
  });
});

describe('login and logout', () => {
  async function scene() {
    const app = await startKeyedApp();
    const folder = await emptyFolder();
    const config = join(folder.path, 'config');
    return {
      app,
      path: join(config, 'stagewire', 'credentials.json'),
      env: { ...folder.env, XDG_CONFIG_HOME: config, STAGEWIRE_URL: app.url },
      async [Symbol.asyncDispose]() {
        await app[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  }

  test('store a key for its user only, per server, and remove it', async () => {
    await using given = await scene();
    const { app, env, path } = given;
    const { token } = await app.key();
    expect((await command(['list'], { env })).stderr).toMatch(
      /^This server requires authentication, .* Sign in with ".* login", or set STAGEWIRE_TOKEN/,
    );
    const signedIn = await command(['login'], { env, input: `  ${token}\r\n` });
    expect(signedIn.stderr).toContain('as ada, owner ada');
    expect(keyTraces([token.slice(21)], signedIn.stdout + signedIn.stderr)).toEqual([]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ servers: { [app.url]: { token } } });
    // Another way to write the same URL, and another server.
    for (const url of [`${app.url}/`, `${app.url}/trpc`, app.url.replace('http', 'ws')]) {
      expect((await command(['list'], { env: { ...env, STAGEWIRE_URL: url } })).code).toBe(0);
    }
    await using other = await startKeyedApp();
    expect((await command(['list'], { env: { ...env, STAGEWIRE_URL: other.url } })).code).toBe(1);
    // STAGEWIRE_TOKEN takes precedence.
    expect((await command(['list'], { env: { ...env, STAGEWIRE_TOKEN: 'swk_x' } })).stderr).toContain(
      'The token is not valid on this server.',
    );
    expect((await command(['logout'], { env })).stderr).toContain('removed from this machine');
    expect((await command(['list'], { env })).code).toBe(1);
    expect((await command(['logout'], { env })).stderr).toContain('No key was stored');
  });

  test.each([
    ['a wrong key', `swk_${'0'.repeat(16)}_${'0'.repeat(64)}`, 'does not accept this key'],
    ['two words', 'two words', 'This is not a key'],
    ['nothing', '', 'No key was given'],
    ['a novel', 'x'.repeat(20_000), 'too long to be a key'],
  ])('%s is not stored', async (_name, input, sentence) => {
    await using given = await scene();
    const { code, stderr } = await command(['login'], { env: given.env, input });
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    await expect(stat(given.path)).rejects.toThrow('ENOENT');
  });

  test('a damaged file is named, and nothing of it is repeated', async () => {
    await using given = await scene();
    const { token } = await given.app.key();
    await command(['login'], { env: given.env, input: token });
    await writeFile(given.path, `{"servers": ${token}`);
    const { stderr } = await command(['list'], { env: given.env });
    expect(stderr).toContain(`${given.path} cannot be read (it is not JSON)`);
    expect(keyTraces([token], stderr)).toEqual([]);
  });

  test('a file .env cannot send the key of the environment to another machine', async () => {
    await using given = await scene();
    await using folder = await emptyFolder();
    await writeFile(join(folder.path, '.env'), 'STAGEWIRE_URL=http://192.0.2.1:9\n');
    const env = { ...given.env };
    Reflect.deleteProperty(env, 'STAGEWIRE_URL');
    const { code, stderr } = await command(['keys', 'list', '--url', 'http://192.0.2.1:9'], {
      env: { ...env, STAGEWIRE_TOKEN: 'swk_secret-of-the-user' },
      cwd: folder.path,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/\.env sets STAGEWIRE_URL, but STAGEWIRE_TOKEN is set outside that file/);
    expect(stderr).not.toContain('secret-of-the-user');
  });

  test('a key is not sent unencrypted to another machine', async () => {
    await using folder = await emptyFolder();
    const { stderr } = await command(['keys', 'list', '--url', 'http://192.0.2.1:9'], {
      env: { ...folder.env, STAGEWIRE_TOKEN: 'swk_x' },
    });
    expect(stderr).toMatch(
      /^Your key would be sent to http:\/\/192\.0\.2\.1:9 unencrypted\. Use the https URL/,
    );
  });
});

describe('with STAGEWIRE_TOKEN', () => {
  async function withApp(use: (app: KeyedApp, env: Record<string, string>) => Promise<void>) {
    await using app = await startKeyedApp();
    const { token } = await app.key({ owner: 'tests' });
    await use(app, { STAGEWIRE_URL: app.url, STAGEWIRE_TOKEN: token, STAGEWIRE_MODEL: fast });
  }

  test('a run is started and shown, and load and verify sign in', () =>
    withApp(async (_app, env) => {
      const shown = await command(['run', 'A stack', '--roles', 'coder', '--model', fast], { env });
      expect(shown.code).toBe(0);
      const checks = ['verify', '--only', 'P1,P2,W1,P29,P30,P32,P40,P41,P42,P44'];
      const verified = await command(checks, { env });
      expect(verified.stdout).toMatch(/ pass P30 [^]* pass P32 [^]* pass P44 [^]*, 0 failed, 0 skipped\./);
      const load = ['load', '--runs', '2', '--warmup', '0s', '--model', fast];
      expect((await command(load, { env })).stdout).toContain('runs');
      const without = { ...env, STAGEWIRE_TOKEN: '' };
      for (const args of [checks, load]) {
        expect((await command(args, { env: without })).stderr).toContain(
          'This server requires authentication',
        );
      }
    }));

  test('verify checks the rules of keys, if the caller is an administrator', async () => {
    await using app = await startKeyedApp();
    const { token } = await app.key({ permissions: ['admin'] });
    const env = { STAGEWIRE_URL: app.url, STAGEWIRE_TOKEN: token };
    const { stdout } = await command(['verify', '--only', 'P33'], { env });
    expect(stdout).toContain('1 passed, 0 failed, 0 skipped.');
  });

  test('the bots in TypeScript subscribe', async () => {
    await withApp(async (_app, env) => {
      await using bot = startProgram(process.execPath, {
        args: ['--conditions=@stagewire/source', 'examples/watchdog.ts'],
        env,
      });
      expect(await bot.says(/Watching all runs from feed-\d+\.\d+ on\./)).not.toBeNull();
    });
    expect.hasAssertions();
  });

  test.skipIf(isMissing('python3'))('the bot in Python subscribes and cancels', async () => {
    await withApp(async (app, env) => {
      const runId = await app.startRun(env['STAGEWIRE_TOKEN'] ?? '');
      const args = ['examples/watchdog.py', runId, '--max-chars', '40'];
      await using bot = startProgram('python3', { args, env });
      expect(await bot.says(/cancelled: more than 40 characters/)).not.toBeNull();
      await using anonymous = startProgram('python3', { args, env: { ...env, STAGEWIRE_TOKEN: '' } });
      expect(await anonymous.says(/rejects the request: This server requires authentication/)).not.toBeNull();
    });
    expect.hasAssertions();
  });
});

function shell(code: string, env: Readonly<Record<string, string>>): StartedProgram {
  return startProgram('bash', { args: ['-euo', 'pipefail', '-c', code], cwd: projectRoot, env });
}

async function outputOf(code: string, env: Readonly<Record<string, string>>): Promise<string> {
  await using program = shell(code, env);
  const exitCode = await program.exitCode;
  expect({ exitCode, output: exitCode === 0 ? '' : program.output() }).toEqual({ exitCode: 0, output: '' });
  return program.output();
}
