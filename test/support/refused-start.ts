import { once } from 'node:events';
import { expect } from 'vitest';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { environmentSecrets } from '../../server/process/environment-secrets.ts';
import { startProblem } from '../../server/process/start-problem.ts';
import { spawnServer } from './server-process.ts';

type Environment = Readonly<Record<string, string>>;

const usual: Environment = { STAGEWIRE_PORT: '0', STAGEWIRE_MODEL: 'rehearsal' };

/** What a server that cannot start says, as a process that ends with 1: a sentence, and no stack. */
export async function refusedProcess(env: Environment): Promise<string> {
  const { child, output } = spawnServer({ ...usual, ...env });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code, output()).toBe(1);
  expectSentence(output());
  return output().trim();
}

/** The same of a start in this process: nothing has to be loaded again. */
export async function refusedStart(env: Environment): Promise<string> {
  let said: string;
  try {
    const app = await startApp({ config: readConfig({ ...usual, ...env }) });
    await app.close();
    said = '';
  } catch (error) {
    said = environmentSecrets(env).redact(startProblem(error));
  }
  expect(said, 'what it says').not.toBe('');
  expectSentence(said);
  return said;
}

function expectSentence(said: string): void {
  expect(said).not.toMatch(/^\s+at /m);
  expect(said).not.toContain('defect');
}
