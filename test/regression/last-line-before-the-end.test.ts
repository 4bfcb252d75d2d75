import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { projectRoot } from '../support/source-tree.ts';

// The process ended with its last lines still in memory, among them the one that says why; or, where nobody read the pipe,
// it did not end at all.

/** A process that logs more than a pipe holds, and then crashes. */
function crashing() {
  const source = `
    import { createJsonLogger } from '${projectRoot}server/process/json-logger.ts';
    import { redactCrashes } from '${projectRoot}server/process/redact-crashes.ts';
    import { systemClock } from '${projectRoot}server/runtime/clock.ts';
    import { createStandardError } from '${projectRoot}server/process/standard-error.ts';
    const output = createStandardError(process, systemClock);
    redactCrashes(process, { output: () => output, secrets: () => ({ redact: (text) => text }) });
    const logger = createJsonLogger({ destination: output });
    for (let line = 0; line < 400; line += 1) logger.warn({ text: 'x'.repeat(1000) }, 'line ' + line);
    throw new Error('the reason');
  `;
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    cwd: projectRoot,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

test('the line that says why reaches a reader that takes its time', async () => {
  const child = crashing();
  let heard = '';
  child.stderr.on('data', (chunk) => (heard += String(chunk)));
  child.stderr.pause();
  setTimeout(() => child.stderr.resume(), 500);
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(heard).toContain('"line 399"');
  expect(heard).toContain('Stagewire ends, and this is a defect: Error: the reason');
});

test('a process whose lines nobody reads ends all the same', async () => {
  const child = crashing();
  child.stderr.pause();
  const [code, signal] = await once(child, 'exit');
  expect([code, signal]).toEqual([null, 'SIGKILL']);
  child.stderr.destroy();
});

test('a process that cannot open its output for the last line writes it directly, and ends', async () => {
  const source = `
    import { redactCrashes } from '${projectRoot}server/process/redact-crashes.ts';
    const output = () => Promise.reject(new Error('the program is being replaced'));
    redactCrashes(process, { output, secrets: () => ({ redact: (text) => text }) });
    setInterval(() => {}, 1000);
    throw new Error('the reason');
  `;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    cwd: projectRoot,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const limit = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const [code] = await once(child, 'close');
  clearTimeout(limit);
  expect(code).toBe(1);
  expect(output).toContain('Stagewire ends, and this is a defect: Error: the reason');
}, 30_000);
