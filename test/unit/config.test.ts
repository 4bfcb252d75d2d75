import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../server/process/config-error.ts';
import { readConfig } from '../../server/process/config.ts';
import type { Environment } from '../../server/process/config.ts';
import { noLimits } from '../../server/limits/limit-settings.ts';
import { loadDotEnv } from '../../server/process/dot-env.ts';

describe('the configuration', () => {
  test('is every default in an empty environment', () => {
    expect(readConfig({ PATH: '/bin', HOME: '/root' })).toEqual({
      accessLog: 'off',
      logLevel: 'warn',
      host: '127.0.0.1',
      auth: [],
      sessionMs: 12 * 3_600_000,
      port: 4600,
      dataDir: './data',
      log: 'sqlite',
      sync: 'normal',
      keepRunsForMs: 30 * 24 * 3_600_000,
      keepBytes: 5_000_000_000,
      maxRunningRuns: 1000,
      maxConnections: 10_000,
      limits: { ...noLimits, server: { ...noLimits.server, queuedRuns: 10_000 } },
      maxCallsPerProvider: 1000,
      drainMs: 5000,
      heartbeatMs: 1000,
      origins: [],
      hosts: [],
      models: { perRole: {} },
      settings: {},
      providers: { ollama: { baseUrl: 'http://127.0.0.1:11434/v1', firstByteMs: 600_000 } },
    });
  });

  test('takes what is set', () => {
    const config = readConfig({
      STAGEWIRE_HOST: '::1',
      STAGEWIRE_PORT: '0',
      STAGEWIRE_DATA_DIR: '/var/lib/stagewire',
      STAGEWIRE_LOG: 'memory',
      STAGEWIRE_SYNC: 'full',
      STAGEWIRE_DRAIN_MS: '100',
      STAGEWIRE_HEARTBEAT_MS: '50',
      STAGEWIRE_ORIGINS: 'https://example.org, http://localhost:5173,https://example.org',
      STAGEWIRE_HOSTS: 'Stagewire.example.org, 10.0.0.5:8080',
      STAGEWIRE_MODEL: 'openai/gpt-6',
      STAGEWIRE_MODEL_CODER: 'anthropic/claude-x',
      STAGEWIRE_MODEL_REVIEWER: 'rehearsal/verdict=approved,fault=coder.error@200x2',
      STAGEWIRE_URL: 'ws://127.0.0.1:4600/trpc',
      OPENAI_API_KEY: ' sk-1 ',
      ANTHROPIC_API_KEY: 'sk-2',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
      OPENROUTER_API_KEY: 'sk-3',
      COMPATIBLE_BASE_URL: 'http://127.0.0.1:8000/v1',
    });
    expect(config).toMatchObject({
      host: '::1',
      port: 0,
      dataDir: '/var/lib/stagewire',
      log: 'memory',
      sync: 'full',
      drainMs: 100,
      heartbeatMs: 50,
      origins: ['https://example.org', 'http://localhost:5173'],
      hosts: ['stagewire.example.org', '10.0.0.5:8080'],
      models: {
        default: 'openai/gpt-6',
        perRole: {
          coder: 'anthropic/claude-x',
          reviewer: 'rehearsal/verdict=approved,fault=coder.error@200x2',
        },
      },
    });
    expect(config.providers).toEqual({
      openai: { apiKey: 'sk-1', baseUrl: 'https://api.openai.com/v1', firstByteMs: 120_000 },
      anthropic: { apiKey: 'sk-2', baseUrl: 'http://127.0.0.1:9', firstByteMs: 120_000 },
      openrouter: { apiKey: 'sk-3', baseUrl: 'https://openrouter.ai/api/v1', firstByteMs: 120_000 },
      ollama: { baseUrl: 'http://127.0.0.1:11434/v1', firstByteMs: 600_000 },
      compatible: { baseUrl: 'http://127.0.0.1:8000/v1', firstByteMs: 600_000 },
    });
  });

  test.each([
    ['90m', 5_400_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
    ['forever', Infinity],
  ])('keeps runs for %s', (text, ms) => {
    expect(readConfig({ STAGEWIRE_KEEP_RUNS_FOR: text }).keepRunsForMs).toBe(ms);
  });

  test.each([
    ['500MB', 500_000_000],
    ['5GB', 5_000_000_000],
    ['2TB', 2_000_000_000_000],
    ['unlimited', Infinity],
  ])('keeps %s', (text, bytes) => {
    expect(readConfig({ STAGEWIRE_KEEP_BYTES: text }).keepBytes).toBe(bytes);
  });

  test('takes an empty text for one that is not set', () => {
    const empty = {
      STAGEWIRE_PORT: '',
      STAGEWIRE_MODEL: '  ',
      OPENAI_API_KEY: '',
      STAGEWIRE_MODEL_CODER: '',
    };
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  test.each<[Environment, RegExp]>([
    [
      { STAGEWIRE_PORT: '70000' },
      /^STAGEWIRE_PORT must be a port from 1 to 65535, or 0 for any free port; got "70000"\.$/,
    ],
    [{ STAGEWIRE_PORT: '80a' }, /^STAGEWIRE_PORT must be a port.*; got "80a"\.$/],
    [
      { STAGEWIRE_KEEP_RUNS_FOR: '30' },
      /^STAGEWIRE_KEEP_RUNS_FOR must be a duration such as 30d, 12h or 90m, or forever; got "30"\.$/,
    ],
    [{ STAGEWIRE_KEEP_RUNS_FOR: '0d' }, /^STAGEWIRE_KEEP_RUNS_FOR must be a duration.*; got "0d"\.$/],
    [
      { STAGEWIRE_KEEP_BYTES: '5gb' },
      /^STAGEWIRE_KEEP_BYTES must be a size such as 5GB or 500MB, or unlimited; got "5gb"\.$/,
    ],
    [{ STAGEWIRE_SYNC: 'off' }, /^STAGEWIRE_SYNC must be normal or full; got "off"\.$/],
    [
      { STAGEWIRE_DRAIN_MS: '5' },
      /^STAGEWIRE_DRAIN_MS must be a number of milliseconds from 100 to 600000; got "5"\.$/,
    ],
    [{ STAGEWIRE_LOG: 'redis' }, /^STAGEWIRE_LOG must be sqlite, memory or postgres; got "redis"\.$/],
    [
      { STAGEWIRE_HEARTBEAT_MS: '49' },
      /^STAGEWIRE_HEARTBEAT_MS must be a number of milliseconds from 50 to 60000; got "49"\.$/,
    ],
    [
      { STAGEWIRE_ORIGINS: 'https://a.org,b.org' },
      /^STAGEWIRE_ORIGINS must be a comma-separated list of origins.*; got "b\.org"\.$/,
    ],
    [{ STAGEWIRE_ORIGINS: 'https://a.org/path' }, /; got "https:\/\/a\.org\/path"\.$/],
    [{ STAGEWIRE_ORIGINS: '*' }, /; got "\*"\.$/],
    [{ STAGEWIRE_ORIGINS: 'null' }, /; got "null"\.$/],
    [
      { STAGEWIRE_MODEL: 'gpt-6' },
      /^STAGEWIRE_MODEL: "gpt-6" is not a valid model: unknown or missing provider\. Use anthropic\/<model>, .*or rehearsal\.$/,
    ],
    [{ STAGEWIRE_MODEL: 'openai/' }, /"openai\/" must be followed by the model's id/],
    [{ STAGEWIRE_MODEL: 'rehearsal/speed=3' }, /^STAGEWIRE_MODEL: Unknown rehearsal option "speed"/],
    [{ STAGEWIRE_MODEL_CODER: 'rehearsal/tps=x' }, /^STAGEWIRE_MODEL_CODER: Invalid rehearsal option tps=x/],
    [
      { STAGEWIRE_MODEL: 'openai/gpt-6' },
      /^STAGEWIRE_MODEL: "openai\/gpt-6" cannot be used, since OpenAI is not configured on this server: set OPENAI_API_KEY/,
    ],
    [{ STAGEWIRE_MODEL_TESTER: 'compatible/a' }, /^STAGEWIRE_MODEL_TESTER: .* set COMPATIBLE_BASE_URL/],
    [
      { STAGEWIRE_MODEL_PAINTER: 'rehearsal' },
      /^Unknown role in STAGEWIRE_MODEL_PAINTER\. Known: STAGEWIRE_MODEL_ARCHITECT, .*STAGEWIRE_MODEL_DOCUMENTER\.$/,
    ],
    [
      { STAGEWIRE_PROT: '1' },
      /^Unknown variable STAGEWIRE_PROT\. Correct its name or unset it\. Known: STAGEWIRE_HOST, STAGEWIRE_PORT,/,
    ],
    [
      { OPENAI_BASE_URL: 'api.openai.com' },
      /^OPENAI_BASE_URL must be a URL that starts with http:\/\/ or https:\/\/; got "api\.openai\.com"\.$/,
    ],
    [{ OLLAMA_BASE_URL: 'ftp://a/v1' }, /^OLLAMA_BASE_URL must.*; got "ftp:\/\/a\/v1"\.$/],
    [{ COMPATIBLE_BASE_URL: 'http://a/v1?key=1' }, /must not contain \? or #/],
    [{ COMPATIBLE_BASE_URL: 'http://a/v1?api-version=1&key=2' }, /must not contain \? or #/],
    [{ ANTHROPIC_BASE_URL: 'http://a?api-version=1' }, /must not contain \?/],
    [{ COMPATIBLE_API_KEY: 'k' }, /^COMPATIBLE_API_KEY is set without COMPATIBLE_BASE_URL/],
    [{ COMPATIBLE_HEADERS: '{"a":"b"}' }, /^COMPATIBLE_HEADERS is set without COMPATIBLE_BASE_URL/],
    [{ OPENAI_API_KEY: '"sk-secret"' }, /^OPENAI_API_KEY is in quotes\. Remove them\.$/],
    [{ OPENAI_API_KEY: "'sk-secret'" }, /^OPENAI_API_KEY is in quotes/],
    [{ STAGEWIRE_EFFORT_CODER: 'max' }, /^STAGEWIRE_EFFORT_CODER must be low, medium or high; got "max"\.$/],
    [
      { STAGEWIRE_EFFORT_CODR: 'low' },
      /^Unknown role in STAGEWIRE_EFFORT_CODR\. Known: STAGEWIRE_EFFORT_ARCHITECT/,
    ],
    [
      { OLLAMA_FIRST_BYTE_MS: '5' },
      /^OLLAMA_FIRST_BYTE_MS must be a number of milliseconds from 1000.*; got "5"\.$/,
    ],
    [
      { ANTHROPIC_MAX_OUTPUT_TOKENS: '0' },
      /^ANTHROPIC_MAX_OUTPUT_TOKENS must be a number of tokens from 1.*; got "0"\.$/,
    ],
    [
      { OPENAI_CUSTOM_HEADERS: 'x: y', COMPATIBLE_BASE_URL: 'http://other.example/v1' },
      /^OPENAI_CUSTOM_HEADERS is set, and its headers would also be sent to other\.example/,
    ],
  ])('%j is refused in one sentence that names it', (env, message) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  test.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('may listen on %s', (host) => {
    expect(readConfig({ STAGEWIRE_HOST: host }).host).toBe(host);
  });

  test('says everything that is wrong at once', () => {
    const problems = problemsOf({ STAGEWIRE_PORT: 'x', STAGEWIRE_LOG: 'y', STAGEWIRE_TYPO: 'z' });
    expect(new Set(problems.map((problem) => /STAGEWIRE_\w+/.exec(problem)?.[0]))).toEqual(
      new Set(['STAGEWIRE_LOG', 'STAGEWIRE_PORT', 'STAGEWIRE_TYPO']),
    );
  });

  test.each<Environment>([
    { OPENAI_API_KEY: 'sk secret' },
    { ANTHROPIC_API_KEY: 'sk-\nsecret' },
    { OPENROUTER_API_KEY: 'sk-secret“' },
    { OPENAI_BASE_URL: 'https://user:secret@example.org/v1' },
    { COMPATIBLE_BASE_URL: 'ftp://secret@example.org' },
    { STAGEWIRE_ORIGINS: 'https://me:secret@example.org' },
    { STAGEWIRE_OPENAI_KEY: 'secret' },
    { COMPATIBLE_API_KEY: 'secret' },
    { COMPATIBLE_HEADERS: 'api-key: secret' },
    { COMPATIBLE_HEADERS: '{"api-key":"secret\\n"}', COMPATIBLE_BASE_URL: 'http://localhost:1/v1' },
    { OPENAI_API_KEY: '"secret"' },
  ])('never says a secret: %j', (env) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(Object.keys(env)[0]);
    expect(problems[0]).not.toContain('secret');
  });

  test('takes what is set for answers, roles and the compatible server', () => {
    const config = readConfig({
      STAGEWIRE_EFFORT_ARCHITECT: 'high',
      STAGEWIRE_EFFORT_DOCUMENTER: 'low',
      ANTHROPIC_API_KEY: 'k',
      ANTHROPIC_MAX_OUTPUT_TOKENS: '64000',
      OLLAMA_FIRST_BYTE_MS: '900000',
      COMPATIBLE_BASE_URL: 'http://localhost:1/openai/v1?api-version=2025-04-01-preview',
      COMPATIBLE_HEADERS: '{"api-key": "s3cret", "x-tenant": "a b"}',
      COMPATIBLE_MAX_OUTPUT_TOKENS: '5',
    });
    expect(config.settings).toEqual({ architect: { effort: 'high' }, documenter: { effort: 'low' } });
    expect(config.providers).toMatchObject({
      anthropic: { maxOutputTokens: 64_000, firstByteMs: 120_000 },
      ollama: { firstByteMs: 900_000 },
      compatible: {
        baseUrl: 'http://localhost:1/openai/v1?api-version=2025-04-01-preview',
        headers: { 'api-key': 's3cret', 'x-tenant': 'a b' },
        maxOutputTokens: 5,
        firstByteMs: 600_000,
      },
    });
  });

  test('takes custom headers as long as they stay at home', () => {
    const env = { OPENAI_CUSTOM_HEADERS: 'x: y', OPENAI_API_KEY: 'k' };
    expect(readConfig(env).providers.openai?.apiKey).toBe('k');
  });
});

describe('the file .env', () => {
  test('adds what is not there; the real environment wins, also when it is empty', () => {
    using folder = folderWith('\uFEFFA=1\r\nexport B=2 # why\nC="x\n\ny z"\n\n# no\nD=4\nE=\nF = \'#6\'\n');
    const env: Record<string, string | undefined> = { B: 'real', D: '' };
    loadDotEnv(folder.path, env);
    expect(env).toEqual({ A: '1', B: 'real', C: 'x\n\ny z', D: '', E: '', F: '#6' });
  });

  test('need not be there', () => {
    using folder = folderWith(undefined);
    const env = {};
    loadDotEnv(folder.path, env);
    expect(env).toEqual({});
  });

  test.each([
    ['A=1\nsk-secret\n', 2],
    ['A="1\n2"\nB=3\nsecret: 4', 4],
    ['\u0000secret', 1],
    ['1A=secret', 1],
  ])('with a line that would be skipped is refused, by the number of the line: %j', (text, line) => {
    using folder = folderWith(text);
    const problem = refusalOf(() => loadDotEnv(folder.path, {}));
    expect(problem.message).toMatch(new RegExp(`^Line ${line} of .*\\.env is not NAME=value`));
    expect(problem.message).not.toContain('secret');
  });

  test('that cannot be read is told in a sentence', () => {
    using folder = folderWith(undefined);
    mkdirSync(join(folder.path, '.env'));
    expect(refusalOf(() => loadDotEnv(folder.path, {})).message).toMatch(/\.env cannot be read \(EISDIR\)/);
  });
});

function problemsOf(env: Environment): readonly string[] {
  return refusalOf(() => readConfig(env)).problems;
}

function refusalOf(attempt: () => unknown): ConfigError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

function folderWith(text: string | undefined): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'stagewire-'));
  if (text !== undefined) writeFileSync(join(path, '.env'), text);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
