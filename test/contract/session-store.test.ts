import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openAccessFile } from '../../server/identity/keys/access-file.ts';
import { createMemorySessionStore } from '../../server/identity/sessions/memory-session-store.ts';
import type { SessionStore } from '../../server/identity/sessions/session-store.ts';
import { createSqliteSessionStore } from '../../server/identity/sessions/sqlite-session-store.ts';
import {
  keptSessions,
  sessionHash,
  sessionLimits,
  sessionStoreContract,
  storedSession,
} from './session-store-contract.ts';

let folder: string;
const closing: (() => void)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagewire-sessions-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await rm(folder, { recursive: true, force: true });
});

function openSqlite(): SessionStore {
  const file = openAccessFile(join(folder, 'access.db'));
  closing.push(() => file.close());
  return createSqliteSessionStore(file);
}

describe('in memory', () => {
  sessionStoreContract(createMemorySessionStore);
});
describe('in SQLite', () => {
  sessionStoreContract(openSqlite);
});

describe('the sessions in access.db', () => {
  test('are those of another process too, whose removal changes the version', async () => {
    const [one, other] = [openSqlite(), openSqlite()];
    await one.add(storedSession(1), sessionLimits);
    expect(await other.find(sessionHash(1))).toEqual(storedSession(1));
    const version = await one.version();
    await other.remove(sessionHash(1));
    expect(await one.version()).not.toBe(version);
    expect(await one.find(sessionHash(1))).toBeUndefined();
  });

  test('have ended if their principal cannot be read, and lose permissions of a later version', async () => {
    const file = openAccessFile(join(folder, 'access.db'));
    closing.push(() => file.close());
    const store = createSqliteSessionStore(file);
    const insert = file
      .current()
      .database.prepare(
        'INSERT INTO sessions (hash, principal, created_at_ms, expires_at_ms) VALUES (?, ?, 1, 9)',
      );
    insert.run(sessionHash(1), '{"owner":1}');
    insert.run(sessionHash(2), 'not JSON');
    const later = { ...storedSession(3).principal, permissions: ['runs:read', 'runs:paint'], colour: 'red' };
    insert.run(sessionHash(3), JSON.stringify(later));
    expect(await keptSessions(store, 3)).toEqual([]);
    expect((await store.find(sessionHash(3)))?.principal).toEqual({
      ...storedSession(3).principal,
      permissions: ['runs:read'],
    });
  });
});
