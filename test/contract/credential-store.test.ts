import { copyFile, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryCredentialStore } from '../../server/identity/keys/memory-credential-store.ts';
import { AccessUnusable } from '../../server/identity/keys/open-access-database.ts';
import { createSqliteCredentialStore } from '../../server/identity/keys/sqlite-credential-store.ts';
import { credentialStoreContract, storedKey as key } from './credential-store-contract.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagewire-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('in memory', () => {
  credentialStoreContract(createMemoryCredentialStore);
});
describe('in SQLite', () => {
  credentialStoreContract(() => createSqliteCredentialStore(join(folder, 'access.db')));
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

  test('is readable by its user only, its folder included', async () => {
    const path = join(folder, 'data', 'access.db');
    await rm(join(folder, 'data'), { recursive: true, force: true });
    const store = createSqliteCredentialStore(path);
    await store.add(key('1'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
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
    expect(await store.version()).not.toBe(before);
    expect(await store.list()).toEqual([key('2')]);
    await rm(path);
    expect(await store.find(key('2').id)).toBeUndefined();
    await store.close();
  });

  // Pages of the former file were in a file beside it, and counted instead of the new one: its keys stayed valid.
  test.each(['moved', 'copied'])('that is %s over the former one counts without a restart', async (how) => {
    const path = join(folder, 'access.db');
    const backup = join(folder, 'backup.db');
    const other = createSqliteCredentialStore(backup);
    await other.add(key('2'));
    await other.add(key('3'));
    await other.close();
    const store = createSqliteCredentialStore(path);
    await store.add(key('1'));
    const before = await store.version();
    await (how === 'moved' ? rename(backup, path) : copyFile(backup, path));
    expect(await store.version()).not.toBe(before);
    expect(await store.find(key('1').id)).toBeUndefined();
    expect((await store.list()).map(({ id }) => id)).toEqual([key('2').id, key('3').id]);
    // A command of another process and the server use the same file from now on.
    const command = createSqliteCredentialStore(path);
    await command.revoke(key('2').id, 7);
    await command.close();
    expect((await store.find(key('2').id))?.revokedAtMs).toBe(7);
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
