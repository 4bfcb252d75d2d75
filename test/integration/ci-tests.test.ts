import { execFile } from 'node:child_process';
import { mkdir, mkdtempDisposable, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Each run of the file notes itself: a test of it fails in its first runs. */
const failsInRuns = (count: number) => `
  import { appendFileSync, readFileSync } from 'node:fs';
  import { expect, test } from 'vitest';
  const notes = import.meta.filename + '.runs';
  appendFileSync(notes, '.');
  test('passes', () => {});
  test('fails in some runs', () => expect(readFileSync(notes, 'utf8').length).toBeGreaterThan(${count}));
`;

/** Runs `.ci/tests` in a project whose test files are these. */
async function runTests(files: Readonly<Record<string, string>>, options = 'retry: 1,') {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'stagewire-ci-'));
  const results = join(dir.path, 'results');
  await mkdir(results);
  await symlink(join(root, 'node_modules'), join(dir.path, 'node_modules'));
  await writeFile(
    join(dir.path, 'package.json'),
    '{ "type": "module", "scripts": { "test": "vitest run" } }',
  );
  await writeFile(
    join(dir.path, 'vitest.config.ts'),
    `import { createClosingLineReporter } from ${JSON.stringify(join(root, 'test/support/closing-line-reporter.ts'))};
     export default { test: { ${options} reporters: ['default', createClosingLineReporter()] } };`,
  );
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir.path, name), text);
  const { STAGEWIRE_TEST_RESULTS: _outer, ...env } = process.env;
  const run = Promise.withResolvers<{ code: number; output: string }>();
  const spawned = { cwd: dir.path, env, timeout: 100_000 };
  execFile(join(root, '.ci/tests'), [results], spawned, (error, stdout, stderr) =>
    run.resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
  );
  const { code, output } = await run.promise;
  return { code, output, line: await readFile(join(results, 'closing-line'), 'utf8') };
}

test('a file that fails is run again, whole, and counts as its last run', { timeout: 120_000 }, async () => {
  const { code, output, line } = await runTests({
    'a.test.ts': failsInRuns(0),
    'b.test.ts': failsInRuns(1),
    'c.test.ts': failsInRuns(2),
  });
  expect(line).toBe('6 passed, 0 failed\n');
  expect(code).toBe(0);
  expect(output).toContain('== again: b.test.ts c.test.ts\n');
  expect(output).toContain('== again: c.test.ts\n');
  for (const name of ['b', 'c'])
    expect(output).toContain(`Passed only when its file was run again: ${name}.test.ts`);
});

test(
  'what fails three times fails, with an error outside of its tests too',
  { timeout: 120_000 },
  async () => {
    const unhandled = `import { test } from 'vitest'; test('passes', () => void Promise.reject(new Error('unhandled')));`;
    const { code, output, line } = await runTests({
      'a.test.ts': failsInRuns(0),
      'b.test.ts': failsInRuns(3),
      'c.test.ts': unhandled,
      'd.test.ts': 'a syntax error',
    });
    expect(line).toBe('4 passed, 3 failed\n');
    expect(code).not.toBe(0);
    expect(output.match(/^== again: b.test.ts c.test.ts d.test.ts$/gm)).toHaveLength(2);
  },
);

test('nothing takes back that a worker was killed', { timeout: 120_000 }, async () => {
  const killed = `
    import { existsSync, writeFileSync } from 'node:fs';
    import { test } from 'vitest';
    const note = import.meta.filename + '.killed';
    test('ends its process once', () => {
      if (existsSync(note)) return;
      writeFileSync(note, '');
      process.kill(process.pid, 'SIGKILL');
    });`;
  const { code, line } = await runTests({ 'a.test.ts': failsInRuns(0), 'b.test.ts': killed });
  expect(line).toMatch(/^[23] passed, [1-9] failed\n$/);
  expect(code).not.toBe(0);
});

test(
  'a file of a project without retries is not run again, nor are more than twenty',
  { timeout: 120_000 },
  async () => {
    const pure = await runTests({ 'a.test.ts': failsInRuns(1) }, '');
    expect(pure.line).toBe('1 passed, 1 failed\n');
    expect(pure.code).not.toBe(0);
    const many = Array.from({ length: 21 }, (_, n) => [`${n}.test.ts`, failsInRuns(1)]);
    const { code, line, output } = await runTests(Object.fromEntries(many));
    expect(line).toBe('21 passed, 21 failed\n');
    expect(code).not.toBe(0);
    for (const text of [pure.output, output]) expect(text).not.toContain('== again');
  },
);
