import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CredentialStore, StoredKey } from '../../server/identity/keys/credential-store.ts';
import { createMemoryCredentialStore } from '../../server/identity/keys/memory-credential-store.ts';
import { AccessUnusable } from '../../server/identity/keys/open-access-database.ts';
import { createSqliteCredentialStore } from '../../server/identity/keys/sqlite-credential-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagewire-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const key = (id: string, rest: Partial<StoredKey> = {}): StoredKey => ({
  id: id.padStart(16, '0'),
  hash: 'ab'.repeat(32),
  name: 'ada',
  owner: 'team',
  kind: 'bot',
  permissions: ['runs:read', 'admin'],
  createdAtMs: 1000,
  ...rest,
});

const stores: readonly (readonly [string, () => CredentialStore])[] = [
  ['memory', createMemoryCredentialStore],
  ['SQLite', () => createSqliteCredentialStore(join(folder, 'access.db'))],
];

describe.each(stores)('the credential store in %s', (_name, open) => {
  test('returns a key as it was stored, and nothing for an unknown id', async () => {
    const store = open();
    const whole = key('1', { expiresAtMs: 5000 });
    expect(await store.add(whole)).toEqual(whole);
    expect(await store.find(whole.id)).toEqual(whole);
    expect(await store.find('2'.padStart(16, '0'))).toBeUndefined();
    await store.close();
    await store.close();
  });

  test('keeps the first key of an id', async () => {
    const store = open();
    await store.add(key('1'));
    expect(await store.add(key('1', { owner: 'thief', hash: 'cd'.repeat(32) }))).toEqual(key('1'));
    expect(await store.list()).toEqual([key('1')]);
    await store.close();
  });

  test('lists the newest key first', async () => {
    const store = open();
    for (const [id, createdAtMs] of [
      ['1', 10],
      ['3', 30],
      ['2', 20],
    ] as const) {
      await store.add(key(id, { createdAtMs }));
    }
    expect((await store.list()).map(({ createdAtMs }) => createdAtMs)).toEqual([30, 20, 10]);
    await store.close();
  });

  test('revokes a key once, and keeps the instant', async () => {
    const store = open();
    await store.add(key('1'));
    const revoked = key('1', { revokedAtMs: 7 });
    expect(await store.revoke(revoked.id, 7)).toEqual(revoked);
    expect(await store.revoke(revoked.id, 9)).toEqual(revoked);
    expect(await store.find(revoked.id)).toEqual(revoked);
    expect(await store.revoke('2'.padStart(16, '0'), 9)).toBeUndefined();
    await store.close();
  });

  test('has another version after each change, and the same without one', async () => {
    const store = open();
    const versions = [await store.version(), await store.version()];
    await store.add(key('1'));
    versions.push(await store.version());
    await store.revoke(key('1').id, 7);
    versions.push(await store.version(), await store.version());
    expect(versions[0]).toBe(versions[1]);
    expect(versions[3]).toBe(versions[4]);
    expect(new Set(versions).size).toBe(3);
    await store.close();
  });
});

describe('access.db', () => {
  test('is shared by two processes: each sees what the other has changed', async () => {
    const path = join(folder, 'data', 'access.db');
    const [server, command] = [createSqliteCredentialStore(path), createSqliteCredentialStore(path)];
    const before = await server.version();
    await command.add(key('1'));
    expect(await server.version()).not.toBe(before);
    expect(await server.find(key('1').id)).toEqual(key('1'));
    const after = await command.version();
    await server.revoke(key('1').id, 7);
    expect(await command.version()).not.toBe(after);
    expect((await command.find(key('1').id))?.revokedAtMs).toBe(7);
    await server.close();
    await command.close();
  });

  test('is readable by its user only, its other files and its folder included', async () => {
    const path = join(folder, 'data', 'access.db');
    await rm(join(folder, 'data'), { recursive: true, force: true });
    const store = createSqliteCredentialStore(path);
    await store.add(key('1'));
    for (const name of ['', '-wal', '-shm']) expect((await stat(path + name)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    await store.close();
  });

  test('if the file is replaced, the new one counts; if it is deleted, no key does', async () => {
    const path = join(folder, 'access.db');
    const other = createSqliteCredentialStore(join(folder, 'other.db'));
    await other.add(key('2'));
    await other.close();
    const store = createSqliteCredentialStore(path);
    await store.add(key('1'));
    const before = await store.version();
    await rename(join(folder, 'other.db'), path);
    for (const name of ['-wal', '-shm']) await rm(path + name, { force: true });
    expect(await store.version()).not.toBe(before);
    expect(await store.list()).toEqual([key('2')]);
    for (const name of ['', '-wal', '-shm']) await rm(path + name, { force: true });
    expect(await store.find(key('2').id)).toBeUndefined();
    await store.close();
  });

  test.each([
    ['damaged', 'UPDATE'],
    ['of another program', 'PRAGMA application_id = 1; CREATE TABLE other (a)'],
    [
      'of a later version',
      'PRAGMA application_id = 1400332643; PRAGMA user_version = 99; CREATE TABLE later (a)',
    ],
  ])('a file that is %s is not used, and stays as it is', async (what, sql) => {
    const path = join(folder, 'access.db');
    if (sql === 'UPDATE') await writeFile(path, 'this is no database'.repeat(100));
    else {
      const database = new DatabaseSync(path);
      database.exec(sql);
      database.close();
    }
    const before = (await stat(path)).mtimeMs;
    expect(() => createSqliteCredentialStore(path)).toThrow(AccessUnusable);
    expect(() => createSqliteCredentialStore(path)).toThrow(path);
    expect((await stat(path)).mtimeMs, what).toBe(before);
  });

  test('a permission of a later version gives nothing', async () => {
    const path = join(folder, 'access.db');
    const store = createSqliteCredentialStore(path);
    await store.add(key('1'));
    const database = new DatabaseSync(path);
    database.exec(`UPDATE access_keys SET permissions = '["runs:read","runs:fly"]'`);
    database.close();
    expect((await store.find(key('1').id))?.permissions).toEqual(['runs:read']);
    await store.close();
  });
});
