import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../server/process/config-error.ts';
import { readConfig } from '../../server/process/config.ts';
import type { Environment } from '../../server/process/config.ts';
import { environmentSecrets } from '../../server/process/environment-secrets.ts';

const url = 'postgres://stagewire:geheimes-wort@db.example.org:5432/stagewire?sslmode=verify-full';

describe('the settings of a database', () => {
  test('imply the log in it, and a longer drain', () => {
    expect(readConfig({ STAGEWIRE_DATABASE_URL: url, STAGEWIRE_NODE_NAME: 'one' })).toMatchObject({
      log: 'postgres',
      drainMs: 30_000,
      postgres: {
        url,
        schema: 'stagewire',
        poolSize: 4,
        notify: 'ship',
        nodeName: 'one',
        leaseMs: 10_000,
        patienceMs: 10_000,
      },
    });
  });

  test('take what is set', () => {
    const config = readConfig({
      STAGEWIRE_LOG: 'postgres',
      STAGEWIRE_DATABASE_URL: url,
      STAGEWIRE_DATABASE_SCHEMA: 'team_2',
      STAGEWIRE_DATABASE_POOL: '9',
      STAGEWIRE_DATABASE_NOTIFY: 'poke',
      STAGEWIRE_LEASE_MS: '3000',
      STAGEWIRE_LOG_PATIENCE_MS: '0',
      STAGEWIRE_MAX_RUNNING: '7',
      STAGEWIRE_DRAIN_MS: '100',
    });
    expect(config).toMatchObject({
      drainMs: 100,
      maxRunningRuns: 7,
      postgres: { schema: 'team_2', poolSize: 9, notify: 'poke', leaseMs: 3000, patienceMs: 0 },
    });
  });

  test('take the URL from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stagewire-url-'));
    const path = join(folder, 'url');
    writeFileSync(path, `${url}\n`);
    expect(readConfig({ STAGEWIRE_DATABASE_URL_FILE: path }).postgres).toMatchObject({ url });
    writeFileSync(path, 'mysql://elsewhere');
    expect(problemsOf({ STAGEWIRE_DATABASE_URL_FILE: path })).toEqual([
      'The file of STAGEWIRE_DATABASE_URL_FILE must be a URL such as postgres://user:password@host:5432/database.',
    ]);
    rmSync(folder, { recursive: true });
    expect(problemsOf({ STAGEWIRE_DATABASE_URL_FILE: path })[0]).toMatch(/cannot be read/);
  });

  test.each<[Environment, RegExp]>([
    [{ STAGEWIRE_DATABASE_URL: 'geheimes-wort' }, /^STAGEWIRE_DATABASE_URL must be a URL such as postgres:/],
    [{ STAGEWIRE_DATABASE_URL: 'mysql://u:geheimes-wort@h/d' }, /^STAGEWIRE_DATABASE_URL must be a URL/],
    [
      { STAGEWIRE_LOG: 'postgres' },
      /^STAGEWIRE_LOG is postgres without a database\. Set STAGEWIRE_DATABASE_URL\.$/,
    ],
    [
      { STAGEWIRE_DATABASE_URL: url, STAGEWIRE_LOG: 'sqlite' },
      /but STAGEWIRE_LOG is sqlite\. Unset one of them\.$/,
    ],
    [
      { STAGEWIRE_DATABASE_URL: url, STAGEWIRE_DATABASE_URL_FILE: '/x' },
      /are both set\. Unset one of them\.$/,
    ],
    [{ STAGEWIRE_DATABASE_SCHEMA: 'pg_x' }, /^STAGEWIRE_DATABASE_SCHEMA must be a name/],
    [{ STAGEWIRE_DATABASE_SCHEMA: 'a"b' }, /^STAGEWIRE_DATABASE_SCHEMA must be a name/],
    [
      { STAGEWIRE_DATABASE_POOL: '0' },
      /^STAGEWIRE_DATABASE_POOL must be a number of connections from 1 to 100; got "0"\.$/,
    ],
    [
      { STAGEWIRE_LEASE_MS: '2999' },
      /^STAGEWIRE_LEASE_MS must be a number of milliseconds from 3000 to 60000/,
    ],
    [{ STAGEWIRE_NODE_NAME: 'a b' }, /^STAGEWIRE_NODE_NAME must be a name/],
  ])('%j is rejected in one sentence, without the password', (env, message) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
    expect(problems[0]).not.toContain('geheimes-wort');
  });

  test('the password is a secret', () => {
    const { redact } = environmentSecrets({ STAGEWIRE_DATABASE_URL: url });
    expect(redact('password geheimes-wort')).not.toContain('geheimes-wort');
    expect(redact('STAGEWIRE at db.example.org')).toBe('STAGEWIRE at db.example.org');
    expect(readConfig({ STAGEWIRE_DATABASE_URL: url }).secrets).toEqual(['geheimes-wort', 'geheimes-wort']);
  });
});

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
