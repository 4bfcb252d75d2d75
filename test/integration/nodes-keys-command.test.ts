import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { command } from '../support/command-line.ts';
import { emptyFolder } from '../support/command-scene.ts';
import { keyTraces } from '../support/key-traces.ts';
import { startKeyedCluster } from '../support/keyed-cluster.ts';
import { list } from '../support/keyed-peers.ts';
import { describePostgres } from '../support/postgres-database.ts';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

describePostgres((given) => {
  let schema: string;
  let env: Record<string, string>;
  beforeAll(() => {
    schema = given.nextSchema();
  });
  beforeEach(() => {
    env = { STAGEWIRE_DATABASE_URL: given.url, STAGEWIRE_DATABASE_SCHEMA: schema };
  });

  test('`keys` creates the first key before any node has started, and revokes it at all nodes', async () => {
    await using folder = await emptyFolder();
    const created = await command(['keys', 'create', '--name', 'ada', '--json'], {
      env: { ...folder.env, ...env },
    });
    expect(created.stderr).toContain('A server on this database accepts it if it is started with');
    const { token, id } = JSON.parse(created.stdout) as { token: string; id: string };
    await using cluster = await startKeyedCluster(given, { schema });
    for (const node of [cluster.one, cluster.other]) expect((await node.fetch(list, token)).status).toBe(200);

    // By a file, as container platforms provide the URL.
    const path = join(folder.path, 'url');
    await writeFile(path, `${given.url}\n`);
    const byFile = { STAGEWIRE_DATABASE_URL_FILE: path, STAGEWIRE_DATABASE_SCHEMA: schema };
    const listed = await command(['keys', 'list'], { env: { ...folder.env, ...byFile } });
    expect(listed.stdout).toMatch(new RegExp(`^${id} .* ada `, 'm'));
    expect(keyTraces([token.slice(21)], listed.stdout + listed.stderr)).toEqual([]);
    const revoked = await command(['keys', 'revoke', id], { env: { ...folder.env, ...byFile } });
    expect(revoked.stderr).toContain(`Key ${id} (ada) is revoked.`);
    for (const node of [cluster.one, cluster.other]) expect((await node.fetch(list, token)).status).toBe(401);
  });

  test('the data directory has other keys than the database', async () => {
    await using folder = await emptyFolder();
    await command(['keys', 'create', '--name', 'local'], { env: folder.env });
    const listed = await command(['keys', 'list'], { env: { ...folder.env, ...env } });
    expect(listed.stdout).not.toContain('local');
    expect((await command(['keys', 'list'], { env: folder.env })).stdout).toContain('local');
  });

  test.each([
    [
      'a database that is away',
      { STAGEWIRE_DATABASE_URL: 'postgres://me:hushhush@127.0.0.1:1/x' },
      'does not accept connections',
    ],
    [
      'another log',
      { STAGEWIRE_LOG: 'sqlite' },
      'STAGEWIRE_DATABASE_URL is set, but STAGEWIRE_LOG is sqlite',
    ],
    ['a URL that is none', { STAGEWIRE_DATABASE_URL: 'hushhush' }, 'STAGEWIRE_DATABASE_URL must be a URL'],
    [
      'a schema that is none',
      { STAGEWIRE_DATABASE_SCHEMA: 'x"; DROP' },
      'STAGEWIRE_DATABASE_SCHEMA must be a name',
    ],
  ])('%s is rejected in a sentence without the password', async (_what, more, sentence) => {
    await using folder = await emptyFolder();
    const { code, stdout, stderr } = await command(['keys', 'list'], {
      env: { ...folder.env, ...env, ...more },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('hushhush');
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
