import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeOf, connect } from '../../client/index.ts';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { makeAccessKey } from '../support/make-access-key.ts';
import { readVersionFixture, versionFixtures } from '../support/version-fixture.ts';

/** A server with access keys on a log from before authentication. */
async function openBefore(env: Readonly<Record<string, string>>) {
  await using opened = new AsyncDisposableStack();
  const fixture = readVersionFixture(versionFixtures()[0] ?? '');
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-local-owner-'));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  await copyFile(fixture.logPath, join(dataDir, 'log.db'));
  const app = await startApp({
    config: readConfig({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_DATA_DIR: dataDir,
      STAGEWIRE_KEEP_RUNS_FOR: 'forever',
      STAGEWIRE_AUTH: 'keys',
      STAGEWIRE_MODEL: 'rehearsal/ttft=0,tps=0,chars=200',
      ...env,
    }),
  });
  opened.defer(() => app.close());
  const ended = fixture.summaries.find(({ endedAt }) => endedAt !== undefined);
  const kept = opened.move();
  return {
    before: fixture.summaries.map(({ runId }) => runId),
    ended: ended?.runId ?? '',
    async as(owner: string, permissions?: ['admin']) {
      const key = { name: owner, owner, ...(permissions !== undefined && { permissions }) };
      return connect({ url: app.url, token: (await makeAccessKey(dataDir, key)).token });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

test('the runs from before authentication are those of one owner, and of an admin who asks for them', async () => {
  await using scene = await openBefore({ STAGEWIRE_LOCAL_OWNER: 'ann' });
  await using ann = await scene.as('ann');
  await using bob = await scene.as('bob');
  await using admin = await scene.as('root', ['admin']);
  const idsOf = (page: Awaited<ReturnType<typeof ann.list>>) => page.items.map(({ runId }) => runId);

  expect((await ann.info()).you).toMatchObject({ owner: 'ann', owners: ['ann', 'local'] });
  expect(idsOf(await ann.list())).toEqual(scene.before);
  expect(idsOf(await ann.list({ owner: 'ann' }))).toEqual([]);
  expect(await ann.run(scene.ended).snapshot()).toMatchObject({ owner: 'local' });

  expect((await bob.info()).you).toMatchObject({ owners: ['bob'] });
  expect(idsOf(await bob.list())).toEqual([]);
  expect(await bob.list({ owner: 'local' }).catch(codeOf)).toBe('FORBIDDEN');
  expect(await bob.run(scene.ended).snapshot().catch(codeOf)).toBe('RUN_NOT_FOUND');

  expect(idsOf(await admin.list())).toEqual([]);
  expect(idsOf(await admin.list({ owner: 'local' }))).toEqual(scene.before);
  expect(await admin.run(scene.ended).snapshot()).toMatchObject({ owner: 'local' });

  const { id } = await ann.start({ task: 'Build it', pipeline: { roles: ['documenter'] } });
  expect(await ann.run(id).snapshot()).toMatchObject({ owner: 'ann' });
});

test('without the setting only an admin sees them', async () => {
  await using scene = await openBefore({});
  await using ann = await scene.as('ann');
  await using admin = await scene.as('root', ['admin']);
  expect((await ann.info()).you).toMatchObject({ owners: ['ann'] });
  expect((await ann.list()).items).toEqual([]);
  expect((await admin.list({ owner: 'local' })).items).toHaveLength(scene.before.length);
});

test('the setting is the name of one owner', () => {
  for (const name of ['a\tb', 'x'.repeat(257)]) {
    expect(() => readConfig({ STAGEWIRE_LOCAL_OWNER: name })).toThrow(
      /STAGEWIRE_LOCAL_OWNER must be the name of one owner, 1 to 256 characters/,
    );
  }
  expect(readConfig({ STAGEWIRE_LOCAL_OWNER: ' ann ' }).localOwner).toBe('ann');
  expect(readConfig({}).localOwner).toBeUndefined();
});
