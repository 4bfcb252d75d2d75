import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { environmentSecrets } from '../../server/process/environment-secrets.ts';
import { loadSecretFiles, secretVariables } from '../../server/process/secret-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'stagewire-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string): string {
  const path = join(folder, `secret-${text.length}`);
  writeFileSync(path, text);
  return path;
}

test.each(secretVariables)('%s can be in a file, and is redacted like the variable', (name) => {
  const secret = name.endsWith('_HEADERS') ? 'x-key=secret-0123456789' : 'secret-0123456789';
  const env: Record<string, string | undefined> = { [`${name}_FILE`]: fileWith(`${secret}\n`) };
  loadSecretFiles(env, undefined);
  expect(env).toEqual({ [name]: secret });
  expect(environmentSecrets(env).redact('it is secret-0123456789.')).toBe('it is [key].');
});

test.each(secretVariables)('%s is not set twice', (name) => {
  const env = { [name]: 'secret-0123456789', [`${name}_FILE`]: fileWith('other-0123456789') };
  expect(() => loadSecretFiles(env, undefined)).toThrow(`${name} and ${name}_FILE are both set`);
});

test.each(['', ' \n', 'x'.repeat(70_000)])(
  'a file with unusable content is an error that does not quote it',
  (text) => {
    const env = { OPENAI_API_KEY_FILE: fileWith(text) };
    expect(() => loadSecretFiles(env, undefined)).toThrow('The file of OPENAI_API_KEY_FILE cannot be used');
  },
);

test('a file that does not exist is an error', () => {
  const env = { OPENAI_API_KEY_FILE: join(folder, 'missing') };
  expect(() => loadSecretFiles(env, undefined)).toThrow('OPENAI_API_KEY_FILE');
});

test('a path in .env counts as a secret of .env', () => {
  const env = { OPENAI_API_KEY_FILE: fileWith('secret-0123456789') };
  const file = loadSecretFiles(env, { path: '.env', names: new Set(['OPENAI_API_KEY_FILE']) });
  expect([...(file?.names ?? [])]).toEqual(['OPENAI_API_KEY']);
});
