import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../support/bare-socket.ts';
import { keyTraces } from '../support/key-traces.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { appliedMs, bearer, codeOf, inSeconds, list, signedIn } from '../support/keyed-peers.ts';
import { within } from '../support/until.ts';

let app: KeyedApp;
beforeAll(async () => {
  app = await startKeyedApp();
});
afterAll(() => app?.[Symbol.asyncDispose]());

describe('an access key', () => {
  test('authenticates over a WebSocket, by header or by parameters, over HTTP, and on the legacy routes', async () => {
    const { token, id } = await app.key({ name: 'watchdog', owner: 'team', kind: 'bot' });
    await using byHeader = await connect(app.port, bearer(token));
    await using byParams = await signedIn(app, token);
    const you = { actor: { id: `key:${id}`, kind: 'bot', name: 'watchdog' }, owner: 'team' };
    for (const bot of [byHeader, byParams]) {
      expect(await bot.call('query', 'server.info')).toMatchObject({ result: { data: { you } } });
    }
    expect((await app.fetch(list, token)).status).toBe(200);
    const started = await app.fetch('/api/stream/task', token, { task: 'Build it' });
    expect(started.status).toBe(200);
    // The identity in events is the key's, whatever a client says of itself.
    const { stream_id: runId } = (await started.json()) as { stream_id: string };
    const read = await app.fetch(
      `/trpc/runs.get?input=${encodeURIComponent(JSON.stringify({ runId }))}`,
      token,
    );
    expect(await read.json()).toMatchObject({ result: { data: { owner: 'team', actor: you.actor } } });
  });

  test('is not needed to learn how to authenticate', async () => {
    const info = await app.fetch('/trpc/server.info');
    expect(await info.json()).toMatchObject({ result: { data: { auth: ['keys'], you: null } } });
  });

  test('of one owner shares its runs with another key of that owner, and with no other', async () => {
    const [one, same, other] = await Promise.all([
      app.key({ owner: 'shared' }),
      app.key({ owner: 'shared' }),
      app.key({ owner: 'Shared' }),
    ]);
    const runId = await app.startRun(one.token);
    const path = `/trpc/runs.get?input=${encodeURIComponent(JSON.stringify({ runId }))}`;
    expect((await app.fetch(path, same.token)).status).toBe(200);
    expect((await app.fetch(path, other.token)).status).toBe(404);
  });
});

describe('failed attempts', () => {
  test('are limited for each address, while a valid key is accepted', async () => {
    await using own = await startKeyedApp();
    const { token } = await own.key();
    const statuses: number[] = [];
    for (let at = 0; at < 40; at += 1) statuses.push((await own.fetch(list, 'swk_x')).status);
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
    expect(statuses.at(-1)).toBe(429);
    const limited = await own.fetch(list, 'swk_x');
    expect(await limited.json()).toMatchObject({
      error: { data: { stagewire: { code: 'RATE_LIMITED', retryable: true } } },
    });
    await using bot = await connect(own.port, bearer('swk_x'));
    expect(await codeOf(bot)).toBe('RATE_LIMITED');
    expect(await within(bot.closed, 'its end', appliedMs)).toMatchObject({ code: 4429 });
    expect((await own.fetch(list, token)).status).toBe(200);
    // No credentials are no attempt.
    expect((await own.fetch(list)).status).toBe(401);
    expect(own.logged.filter((line) => line.includes('too many failed attempts'))).toHaveLength(1);
  });
});

describe('keys.*', () => {
  test('create, list and revoke keys, for administrators, over both wires', async () => {
    const admin = await app.key({ permissions: ['admin'], name: 'root' });
    const input = { id: 'feedfacefeedface', hash: 'ab'.repeat(32), name: ' Bob ', kind: 'bot' };
    await using bot = await signedIn(app, admin.token);
    const created = { id: input.id, name: 'Bob', owner: 'Bob', kind: 'bot' };
    for (let time = 0; time < 2; time += 1) {
      expect(await bot.call('mutation', 'keys.create', input)).toMatchObject({ result: { data: created } });
    }
    const conflict = await bot.call('mutation', 'keys.create', { ...input, owner: 'other' });
    expect(conflict.error?.data.stagewire.code).toBe('KEY_ID_CONFLICT');
    const past = await bot.call('mutation', 'keys.create', {
      ...input,
      id: '0'.repeat(16),
      expiresAt: inSeconds(-5),
    });
    expect(past.error?.data.stagewire.code).toBe('INVALID_INPUT');
    const keys = await (await app.fetch('/trpc/keys.list', admin.token)).json();
    expect(JSON.stringify(keys)).toContain(input.id);
    expect(JSON.stringify(keys)).not.toContain(input.hash);
    const revoked = await app.fetch('/trpc/keys.revoke', admin.token, { id: input.id });
    expect(await revoked.json()).toMatchObject({
      result: { data: { ...created, revokedAt: expect.any(String) as string } },
    });
    const missing = await bot.call('mutation', 'keys.revoke', { id: '1'.repeat(16) });
    expect(missing.error?.data.stagewire.code).toBe('KEY_NOT_FOUND');
  });

  test.each(['\u001b[31mred', 'two\nlines', '', ' ', 'x'.repeat(101), 'right\u202eleft'])(
    'a name that could deceive is rejected: %j',
    async (name) => {
      const admin = await app.key({ permissions: ['admin'] });
      const input = { id: '2'.repeat(16), hash: 'ab'.repeat(32), name };
      expect((await app.fetch('/trpc/keys.create', admin.token, input)).status).toBeOneOf([400, 413]);
    },
  );
});

test('no key, hash or part of one is in a file or a log line after all of this', async () => {
  const { token } = await app.key({ owner: 'secretive' });
  await app.fetch(list, token);
  await app.fetch(list, `${token.slice(0, -4)}ffff`);
  await app.fetch(`${list}&token=${token}`);
  const secret = token.slice(21);
  expect(keyTraces([secret], app.logged.join('\n'))).toEqual([]);
  for (const name of await readdir(app.dataDir)) {
    const content = await readFile(join(app.dataDir, name), 'latin1');
    expect(keyTraces([secret], content)).toEqual([]);
  }
});
