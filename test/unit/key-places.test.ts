import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../server/process/config-error.ts';
import { readConfig, type Environment } from '../../server/process/config.ts';
import { loadDotEnv } from '../../server/process/dot-env.ts';
import { keyNotes } from '../../server/process/key-places.ts';

const key = 'xk-0123456789abcdefghij';
const theirs = { COMPATIBLE_BASE_URL: 'https://models.example/v1' };

describe('a file does not decide where a key of the environment goes', () => {
  test.each<[string, Environment, Environment, string, string]>([
    [
      'the base URL of Anthropic',
      { ANTHROPIC_API_KEY: key },
      { ANTHROPIC_BASE_URL: 'https://evil.example' },
      'ANTHROPIC_API_KEY',
      'evil.example',
    ],
    [
      'the base URL of OpenAI, with a port',
      { OPENAI_API_KEY: key },
      { OPENAI_BASE_URL: 'https://evil.example:8443/v1' },
      'OPENAI_API_KEY',
      'evil.example:8443',
    ],
    [
      'the base URL of OpenRouter',
      { OPENROUTER_API_KEY: key },
      { OPENROUTER_BASE_URL: 'https://evil.example/v1' },
      'OPENROUTER_API_KEY',
      'evil.example',
    ],
    [
      'a server that has no host of its own',
      { COMPATIBLE_API_KEY: key },
      theirs,
      'COMPATIBLE_API_KEY',
      'models.example',
    ],
    [
      'the issuer of tokens',
      { STAGEWIRE_OIDC_CLIENT_SECRET: key, STAGEWIRE_OIDC_CLIENT_ID: 'stagewire', STAGEWIRE_AUTH: 'jwt' },
      { STAGEWIRE_JWT_ISSUER: 'https://evil.example', STAGEWIRE_JWT_AUDIENCE: 'stagewire' },
      'STAGEWIRE_OIDC_CLIENT_SECRET',
      'evil.example',
    ],
    [
      'headers',
      { COMPATIBLE_HEADERS: JSON.stringify({ 'api-key': key }) },
      theirs,
      'COMPATIBLE_HEADERS',
      'models.example',
    ],
    [
      'key and headers',
      { COMPATIBLE_API_KEY: key, COMPATIBLE_HEADERS: JSON.stringify({ 'api-key': key }) },
      theirs,
      'COMPATIBLE_API_KEY and COMPATIBLE_HEADERS',
      'models.example',
    ],
    [
      'a key in the file too, which does not count beside that of the environment',
      { OPENAI_API_KEY: key },
      { OPENAI_BASE_URL: 'https://evil.example/v1', OPENAI_API_KEY: 'theirs' },
      'OPENAI_API_KEY',
      'evil.example',
    ],
    [
      'a host that only ends like the provider’s',
      { OPENAI_API_KEY: key },
      { OPENAI_BASE_URL: 'https://notapi.openai.com/v1' },
      'OPENAI_API_KEY',
      'notapi.openai.com',
    ],
    [
      'a host that only begins like it',
      { OPENAI_API_KEY: key },
      { OPENAI_BASE_URL: 'https://api.openai.com.evil.example/v1' },
      'OPENAI_API_KEY',
      'api.openai.com.evil.example',
    ],
    [
      'a host that only looks like loopback',
      { OPENAI_API_KEY: key },
      { OPENAI_BASE_URL: 'http://127.0.0.1.evil.example/v1' },
      'OPENAI_API_KEY',
      '127.0.0.1.evil.example',
    ],
    [
      'the host of another provider',
      { OPENAI_API_KEY: key },
      { OPENAI_BASE_URL: 'https://openrouter.ai/api/v1' },
      'OPENAI_API_KEY',
      'openrouter.ai',
    ],
    [
      'the provider’s own host in clear text',
      { OPENAI_API_KEY: key },
      { OPENAI_BASE_URL: 'http://api.openai.com/v1' },
      'OPENAI_API_KEY',
      'api.openai.com',
    ],
    [
      'a proxy that reads what goes through it',
      { ...theirs, COMPATIBLE_BASE_URL: 'http://models.example/v1', COMPATIBLE_API_KEY: key },
      { HTTP_PROXY: 'http://user:hunter2@evil.example:3128' },
      'COMPATIBLE_API_KEY',
      'evil.example:3128',
    ],
    [
      'certificates that nobody checks',
      { OPENAI_API_KEY: key },
      { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      'OPENAI_API_KEY',
      'any intermediary between this machine and api.openai.com',
    ],
  ])('%s', (_what, outside, inside, names, host) => {
    const [problem = '', ...others] = problemsOf(outside, inside);
    expect(others).toEqual([]);
    const are = names.includes(' and ') ? 'are' : 'is';
    const variable = Object.keys(inside)[0];
    expect(problem).toContain(
      `.env sets ${variable}, but ${names} ${are} set outside that file, and would be sent to ${host}.`,
    );
    expect(problem).not.toContain(key.slice(0, 8));
    expect(problem).not.toContain('hunter2');
  });

  test.each<[string, Environment, Environment]>([
    ['both in the file', {}, { ...theirs, COMPATIBLE_API_KEY: key }],
    ['both in the environment', { ...theirs, COMPATIBLE_API_KEY: key }, {}],
    [
      'the base URL of the environment counts, whatever the file says',
      { ...theirs, COMPATIBLE_API_KEY: key },
      { COMPATIBLE_BASE_URL: 'https://evil.example/v1' },
    ],
    ['the key in the file, the base URL in the environment', theirs, { COMPATIBLE_API_KEY: key }],
    ['no key at all', {}, theirs],
    ['an empty key', { COMPATIBLE_API_KEY: '' }, theirs],
    ['loopback by its address', { OPENAI_API_KEY: key }, { OPENAI_BASE_URL: 'http://127.0.0.1:1234/v1' }],
    ['loopback by its name', { COMPATIBLE_API_KEY: key }, { COMPATIBLE_BASE_URL: 'http://localhost:1/v1' }],
    ['loopback of IPv6', { ANTHROPIC_API_KEY: key }, { ANTHROPIC_BASE_URL: 'http://[::1]:1234' }],
    [
      'the provider’s own host',
      { OPENROUTER_API_KEY: key },
      { OPENROUTER_BASE_URL: 'https://openrouter.ai/api/v1' },
    ],
    [
      'a region of the provider’s own',
      { OPENAI_API_KEY: key },
      { OPENAI_BASE_URL: 'https://eu.api.openai.com/v1' },
    ],
    [
      'a proxy that sees nothing but packed TLS',
      { OPENAI_API_KEY: key },
      { HTTPS_PROXY: 'http://proxy.example:3128' },
    ],
    ['another base URL than the key’s', { OPENAI_API_KEY: key }, { OLLAMA_BASE_URL: 'http://10.0.0.5/v1' }],
  ])('and does where nothing is taken: %s', (_what, outside, inside) => {
    expect(problemsOf(outside, inside)).toEqual([]);
  });
});

describe('the start names each host that gets a key', () => {
  test('by what goes there', () => {
    const { providers } = readConfig({
      ANTHROPIC_API_KEY: key,
      OPENAI_API_KEY: key,
      OPENAI_BASE_URL: 'http://127.0.0.1:1234/v1',
      COMPATIBLE_BASE_URL: 'https://models.example/v1',
      COMPATIBLE_API_KEY: key,
      COMPATIBLE_HEADERS: '{"api-key": "other"}',
    });
    expect(keyNotes(providers)).toEqual([
      'Keys: ANTHROPIC_API_KEY is sent to api.anthropic.com; OPENAI_API_KEY is sent to 127.0.0.1:1234; ' +
        'COMPATIBLE_API_KEY and COMPATIBLE_HEADERS are sent to models.example.',
    ]);
  });

  test('and nothing where no key is', () => {
    expect(keyNotes(readConfig({ COMPATIBLE_BASE_URL: 'https://models.example/v1' }).providers)).toEqual([]);
  });
});

describe('the start says what a file admits', () => {
  const notesOf = (outside: Environment, inside: Environment) =>
    inFolder(inside, (folder) => {
      const env = { ...outside };
      return readConfig(env, loadDotEnv(folder, env)).notes?.map((note) => note.replace(folder, '…'));
    });

  test.each<[string, Environment, string]>([
    [
      'origins',
      { STAGEWIRE_ORIGINS: 'https://evil.example, https://b.example' },
      'STAGEWIRE_ORIGINS=https://evil.example,https://b.example',
    ],
    ['hosts', { STAGEWIRE_HOSTS: 'evil.example:8080' }, 'STAGEWIRE_HOSTS=evil.example:8080'],
    [
      'both',
      { STAGEWIRE_ORIGINS: 'https://a.example', STAGEWIRE_HOSTS: 'a.example' },
      'STAGEWIRE_ORIGINS=https://a.example and STAGEWIRE_HOSTS=a.example',
    ],
  ])('%s', (_what, inside, said) => {
    expect(notesOf({ OPENAI_API_KEY: key }, inside)).toEqual([
      `Pages: …/.env sets ${said}. Web pages of these origins and hosts can start runs with your keys.`,
    ]);
  });

  test('and nothing of what the environment admits', () => {
    const outside = { STAGEWIRE_ORIGINS: 'https://a.example', STAGEWIRE_HOSTS: 'a.example' };
    expect(notesOf(outside, {})).toBeUndefined();
    expect(notesOf(outside, { STAGEWIRE_ORIGINS: 'https://evil.example' })).toBeUndefined();
    expect(notesOf({}, { STAGEWIRE_ORIGINS: '', OPENAI_API_KEY: key })).toBeUndefined();
    expect(readConfig(outside).notes).toBeUndefined();
  });
});

function problemsOf(outside: Environment, inside: Environment): readonly string[] {
  try {
    inFolder(inside, (folder) => {
      const env = { ...outside };
      return readConfig(env, loadDotEnv(folder, env));
    });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** In a folder with such a file `.env`. */
function inFolder<Result>(inside: Environment, task: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'stagewire-'));
  try {
    const lines = Object.entries(inside).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(folder, '.env'), lines.join(''));
    return task(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
