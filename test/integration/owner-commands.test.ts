import type { RunPage } from '@stagewire/shared';
import { expect, test, vi } from 'vitest';
import { command } from '../support/command-line.ts';
import { startKeyedApp } from '../support/keyed-app.ts';

// Each test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

test('the commands start, list and delete runs of one owner', async () => {
  await using app = await startKeyedApp();
  const [ann, admin] = [
    await app.key({ owner: 'ann' }),
    await app.key({ owner: 'root', permissions: ['admin'] }),
  ];
  const as = ({ token }: { readonly token: string }, ...args: readonly string[]) =>
    command([...args], { env: { STAGEWIRE_URL: app.url, STAGEWIRE_TOKEN: token } });
  const quick = [
    '--model',
    'rehearsal/tps=0,ttft=0,chars=100',
    '--roles',
    'documenter',
    '--label',
    'of=test',
  ];

  expect((await as(ann, 'run', 'Build it', ...quick)).code).toBe(0);
  expect((await as(admin, 'run', 'Build it', '--owner', 'bob', ...quick)).code).toBe(0);
  const refused = await as(ann, 'run', 'Build it', '--owner', 'bob', ...quick);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('The caller cannot access the runs of this owner.');

  const owners = async (...args: readonly string[]) => {
    const { stdout } = await as(admin, 'list', '--json', ...args);
    return (JSON.parse(stdout) as RunPage).items.map(({ owner }) => owner);
  };
  expect(await owners()).toEqual([]);
  expect(await owners('--owner', 'bob')).toEqual(['bob']);

  const deletion = await as(admin, 'delete', '--label', 'of=test', '--owner', 'bob', '--yes', '--json');
  expect(JSON.parse(deletion.stdout)).toMatchObject({ deleted: [{}] });
  expect(await owners('--owner', 'bob')).toEqual([]);
  expect(await owners('--owner', 'ann')).toEqual(['ann']);
  const mixed = await as(admin, 'delete', 'run_of-whomever', '--owner', 'bob', '--yes');
  expect(mixed.code).toBe(1);
  expect(mixed.stderr).toContain('Expected run ids, or --owner with --label or --verify, but not both.');
});
