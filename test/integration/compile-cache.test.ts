import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const script = `
  import { execFileSync } from 'node:child_process';
  import { importCached } from './server/process/compile-cache.ts';
  const { formatCursor } = await importCached(() => import('./shared/cursor.ts'));
  if (typeof formatCursor !== 'function') throw new Error('it is not what the module exports');
  // From outside: before a signal to itself Node does what it does at an exit.
  execFileSync('kill', ['-9', String(process.pid)]);
`;

/** Imports a module with the cache in a process that is killed then, and returns what Node logs about the cache. */
async function start(): Promise<string> {
  const options = ['--conditions=@stagewire/source', '--input-type=module', '--eval', script];
  // The tests have a cache of their own, which a process that inherits it would use instead.
  const env = { ...process.env, NODE_COMPILE_CACHE: undefined, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
  try {
    await promisify(execFile)(process.execPath, options, { cwd: `${import.meta.dirname}/../..`, env });
  } catch (error) {
    expect(error).toMatchObject({ signal: 'SIGKILL' });
    return (error as { readonly stderr: string }).stderr;
  }
  throw new Error('the process has not been killed');
}

// Broken once: without the flush, a process that is killed keeps nothing.
test('a start takes the compiled code of the start before, which was killed', async () => {
  await start();
  const log = await start();
  expect(log).toContain('node_modules/.cache/stagewire');
  expect(log).toMatch(/V8 code cache for ESM \S*shared\/cursor\.ts was accepted/);
});
