import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { startProblem } from '../../server/process/start-problem.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { refusedProcess, refusedStart } from '../support/refused-start.ts';
import { startServerProcess } from '../support/server-process.ts';

async function tempDir() {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-start-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

describe('a server that cannot start says why in a sentence', () => {
  test.each([
    [{ STAGEWIRE_PORT: 'http' }, /STAGEWIRE_PORT must be a port .*65535.*got "http"/],
    [
      { STAGEWIRE_HOST: '0.0.0.0' },
      /STAGEWIRE_HOST is 0\.0\.0\.0, .*STAGEWIRE_AUTH=keys .*stagewire keys create.*127\.0\.0\.1/s,
    ],
    [{ STAGEWIRE_PROT: '1' }, /STAGEWIRE_PROT/],
    [{ STAGEWIRE_MODEL: 'openai/gpt' }, /OPENAI_API_KEY/],
    [{ STAGEWIRE_MODEL: 'rehearsal/speed=9' }, /STAGEWIRE_MODEL.*speed/],
    [{ STAGEWIRE_MODEL_POET: 'rehearsal' }, /STAGEWIRE_MODEL_POET/],
    [{ STAGEWIRE_HEARTBEAT_MS: '5' }, /STAGEWIRE_HEARTBEAT_MS must be .*got "5"/],
    [{ STAGEWIRE_ORIGINS: 'https://a.example/path' }, /STAGEWIRE_ORIGINS/],
    [{ STAGEWIRE_HOSTS: 'https://a.example' }, /STAGEWIRE_HOSTS.*"https:\/\/a\.example"/],
  ])('%o', async (env, sentence) => {
    await using dir = await tempDir();
    expect(await refusedStart({ STAGEWIRE_DATA_DIR: dir.path, ...env })).toMatch(sentence);
  });

  test('as a process, which ends with 1', async () => {
    expect(await refusedProcess({ STAGEWIRE_PORT: 'http' })).toMatch(
      /^STAGEWIRE_PORT must be a port .*65535.*got "http"/,
    );
  });

  test('a file or folder that it may not use is named, and no port', () => {
    const error = Object.assign(new Error('EACCES: permission denied'), {
      code: 'EACCES',
      syscall: 'scandir',
      path: '/srv/console',
    });
    expect(startProblem(error)).toMatch(
      /^This user is not permitted to use \/srv\/console\. Change its owner/,
    );
    expect(startProblem(Object.assign(new Error(), { code: 'EACCES', syscall: 'listen', port: 80 }))).toMatch(
      /the port\. Set STAGEWIRE_PORT/,
    );
  });

  test('the port is in use', async () => {
    await using dir = await tempDir();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    expect(await refusedProcess({ STAGEWIRE_DATA_DIR: dir.path, STAGEWIRE_PORT: String(port) })).toMatch(
      new RegExp(`^Port ${port} is in use.*STAGEWIRE_PORT`),
    );
    other.close();
  });

  test('another server has the data directory', async () => {
    await using first = await startServerProcess();
    const said = await refusedProcess({ STAGEWIRE_DATA_DIR: first.dataDir });
    expect(said).toContain(first.dataDir);
    expect(said).toContain(first.url);
    expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
  });

  test('the data directory cannot be made', async () => {
    expect(await refusedStart({ STAGEWIRE_DATA_DIR: '/proc/stagewire/data' })).toMatch(
      /\/proc.*STAGEWIRE_DATA_DIR/,
    );
  });

  test('the database is damaged, and stays as it is', async () => {
    await using dir = await tempDir();
    const path = join(dir.path, 'log.db');
    await writeFile(path, 'this is no database, but it was somebody’s data'.repeat(100));
    const before = await readFile(path);
    const said = await refusedProcess({ STAGEWIRE_DATA_DIR: dir.path });
    expect(said).toContain(path);
    expect(await readFile(path)).toEqual(before);
  });

  test('the database is of a later version', async () => {
    await using dir = await tempDir();
    await (await startServerProcess({ dataDir: dir.path })).stop();
    const database = new DatabaseSync(join(dir.path, 'log.db'));
    database.exec('PRAGMA user_version = 999');
    database.close();
    expect(await refusedStart({ STAGEWIRE_DATA_DIR: dir.path })).toMatch(/later|newer/);
  });

  test('the models of a key cannot be listed', async () => {
    await using dir = await tempDir();
    const said = await refusedStart({
      STAGEWIRE_DATA_DIR: dir.path,
      STAGEWIRE_MODEL: '',
      OPENAI_API_KEY: 'sk-secret-1234',
      OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
    });
    expect(said).toMatch(/OPENAI_API_KEY.*STAGEWIRE_MODEL/s);
    expect(said).not.toContain('sk-secret-1234');
  });

  test('none of the key’s models is one to choose', async () => {
    await using provider = await createProviderServer({ models: ['tts-1', 'whisper-1', 'text-embedding-3'] });
    await using dir = await tempDir();
    const said = await refusedStart({
      STAGEWIRE_DATA_DIR: dir.path,
      STAGEWIRE_MODEL: '',
      OPENAI_API_KEY: 'sk-secret-1234',
      OPENAI_BASE_URL: `${provider.url}/v1`,
    });
    expect(said).toMatch(/none of the models of .* \(3\)/);
    expect(said).toContain('openai/tts-1');
  });
});

describe('a server that starts', () => {
  test('says which model it has chosen for a key, and which variable changes it', async () => {
    await using provider = await createProviderServer({ models: ['whisper-1', 'gpt-6-sol', 'gpt-5.5'] });
    await using server = await startServerProcess({
      env: { STAGEWIRE_MODEL: '', OPENAI_API_KEY: 'sk-secret-1234', OPENAI_BASE_URL: `${provider.url}/v1` },
    });
    expect(server.output()).toMatch(/Model: openai\/gpt-6-sol.*Set STAGEWIRE_MODEL to change it/);
  });

  test('says that it rehearses when there is no key, and how to have a real model', async () => {
    await using server = await startServerProcess({
      env: { STAGEWIRE_MODEL: '', OLLAMA_BASE_URL: 'http://127.0.0.1:9/v1' },
    });
    expect(server.output()).toMatch(/rehearsal/);
    expect(server.output()).toMatch(/OPENAI_API_KEY/);
  });

  test('ends with 0 on SIGTERM, and lets go of its data directory', async () => {
    await using dir = await tempDir();
    await using server = await startServerProcess({ dataDir: dir.path });
    expect(await server.stop('SIGTERM')).toBe(0);
    await using again = await startServerProcess({ dataDir: dir.path });
    expect(again.url).toMatch(/^http:/);
  });
});
