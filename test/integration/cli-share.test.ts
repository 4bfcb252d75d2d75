import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { codeBlocksIn } from '../support/code-blocks.ts';
import { command } from '../support/command-line.ts';
import { emptyFolder, runningServer } from '../support/command-scene.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { textOf } from '../support/source-tree.ts';

// Each test starts several processes.
vi.setConfig({ testTimeout: 60_000 });

let app: KeyedApp;
let folder: Awaited<ReturnType<typeof emptyFolder>>;
let env: Readonly<Record<string, string>>;
let strangers: Readonly<Record<string, string>>;
beforeAll(async () => {
  app = await startKeyedApp();
  folder = await emptyFolder();
  const { token } = await app.key({ owner: 'ada' });
  const { path: XDG_CONFIG_HOME } = folder;
  env = { STAGEWIRE_URL: app.url, STAGEWIRE_TOKEN: token, XDG_CONFIG_HOME };
  strangers = { STAGEWIRE_DATA_DIR: XDG_CONFIG_HOME, XDG_CONFIG_HOME };
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const cancelled = async () => {
  const runId = await app.startRun(env['STAGEWIRE_TOKEN'] ?? '');
  expect((await command(['cancel', '--run', runId], { env })).code).toBe(0);
  return runId;
};

describe.concurrent('share', () => {
  test('prints the link alone on standard output; watch shows the run with it, without an account', async () => {
    const runId = await cancelled();
    const shared = await command(['share', runId, '--until', '7d'], { env });
    expect(shared.code).toBe(0);
    expect(shared.stdout).toMatch(new RegExp(`^${app.url}/runs/${runId}#share=swl_\\S+\n$`));
    expect(shared.stderr).toMatch(
      /^Created link [0-9a-f]{16}: everyone who has it can read the run\. It exp/,
    );
    const link = shared.stdout.trim();
    const watched = await command(['watch', link], { env: strangers });
    expect(watched.code).toBe(130);
    expect(watched.stdout).toContain(runId);
    // The secret is not repeated, not even in an error.
    const [, token = ''] = link.split('#share=');
    const wrong = await command(['watch', `${link}0`], { env: strangers });
    expect(wrong.code).toBe(1);
    for (const text of [watched.stdout, watched.stderr, wrong.stdout, wrong.stderr, shared.stderr]) {
      expect(text).not.toContain(token.slice(21, 85));
    }
  });

  test('lists the links of a run, and unshare removes one', async () => {
    const runId = await cancelled();
    const made = await command(['share', runId, '--may', 'control', '--json'], { env });
    const { shareId, url, ...more } = JSON.parse(made.stdout) as { shareId: string; url: string };
    expect(made.stderr).toBe('');
    expect(more).toEqual({ runId, may: 'control' });
    const listed = await command(['share', runId, '--list', '--json'], { env });
    expect(JSON.parse(listed.stdout)).toMatchObject({
      runId,
      shareId,
      may: 'control',
      actor: { name: 'ada' },
    });
    const table = await command(['share', runId, '--list'], { env });
    expect(table.stdout).toMatch(
      new RegExp(`^${shareId} {2}active {2}control {2}\\d{4}-\\d\\d-\\d\\d {2}by ada\n$`),
    );
    // Its whole link names it as well.
    const removed = await command(['unshare', runId, url, '--json'], { env });
    expect(JSON.parse(removed.stdout)).toMatchObject({ runId, shareId, receipt: { target: null } });
    expect((await command(['share', runId, '--list'], { env })).stdout).toBe('The run has no links.\n');
    const again = await command(['unshare', runId, shareId], { env });
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain(`has no link ${shareId}`);
    const dead = await command(['watch', url], { env: strangers });
    expect(dead).toMatchObject({ code: 1, stdout: '' });
    expect(dead.stderr).toContain('The link to the run was removed, or the run was deleted.');
  });

  test('says what is wrong with a URL, an id and a server', async () => {
    for (const text of [app.url, `${app.url}/runs/run_0123456789`, `${app.url}/runs/x#share=swl_x`]) {
      const watched = await command(['watch', text], { env: strangers });
      expect(watched).toMatchObject({ code: 1, stdout: '' });
      expect(watched.stderr).toContain('This URL is not a link to a run.');
    }
    const far = `http://stagewire.example/runs/run_0123456789#share=swl_${'0'.repeat(16)}_${'0'.repeat(64)}_run_0123456789`;
    expect((await command(['watch', far], { env: strangers })).stderr).toContain('unencrypted');
    expect((await command(['unshare', 'run_0123456789', 'x'], { env })).stderr).toContain('the id of a link');
    await using open = await runningServer();
    const run = await open.client.start({ task: 'Build it' });
    const refused = await command(['share', run.id], { env: open.env });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('STAGEWIRE_AUTH=keys');
  });
});

test('verify checks the rules of links on a server with authentication', async () => {
  const only = ['--only', 'P45,P46,P47,P48,P49'];
  const { code, stdout, stderr } = await command(['verify', '--url', app.url, ...only], { env });
  expect(stdout).not.toContain('FAIL');
  expect(stdout).toMatch(/\n5 passed, 0 failed, 1 skipped\.\n$/);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('docs/OPERATIONS.md, Links to runs: every command does what the page says', async () => {
  const runId = await cancelled();
  const [block = ''] = codeBlocksIn(textOf('docs/OPERATIONS.md'))
    .filter(({ heading }) => heading === 'Links to runs')
    .map(({ code }) => code);
  const lines = block.trim().split('\n');
  expect(lines).toHaveLength(3);
  const [share = [], list = [], unshare = []] = lines.map((line) =>
    line.replace('npm run -s stagewire -- ', '').replace('RUN', runId).split(' '),
  );
  const shared = await command(share, { env });
  const [, shareId = ''] = /#share=swl_([0-9a-f]{16})_/.exec(shared.stdout) ?? [];
  expect((await command(list, { env })).stdout).toContain(`${shareId}  until `);
  const removed = await command(
    unshare.map((word) => word.replace('SHARE', shareId)),
    { env },
  );
  expect(removed).toMatchObject({ code: 0, stdout: '' });
  expect(removed.stderr).toBe(`Link ${shareId} to run ${runId} is removed.\n`);
});
