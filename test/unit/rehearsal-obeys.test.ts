import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { joinParts } from '@stagewire/shared/text/file-text';
import { readFiles } from '@stagewire/shared/text/read-files';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RehearsalContext } from '../../server/providers/provider.ts';
import { hasRequirements } from '../../server/providers/rehearsal-requirements.ts';
import { lines } from '../support/rehearsal-lines.ts';
import { textOf } from '../support/source-tree.ts';

const ts = 'src/token-bucket-rate.ts';

function filesOf(text: string): Map<string, string> {
  return new Map(readFiles(text).files.map(({ path, parts }) => [path, joinParts(text, parts)]));
}

function written(instructions: readonly string[], change: Partial<RehearsalContext> = {}, shape = 'seed=1') {
  const text = lines({ instructions, ...change }, shape);
  const files = filesOf(text);
  return { text, files, paths: [...files.keys()], code: [...files.values()].join('\n') };
}

describe('the program as it was asked for', () => {
  const asks = [
    [],
    ['Keep it in one file.'],
    ['Use classes'],
    ['Be brief'],
    ['Keep it in one file.', 'Be brief', 'Use a class'],
    ['No comments', 'Plain JavaScript'],
    ['JavaScript', 'Keep it in one file.', 'Use classes'],
    ['JavaScript', 'at most 25 lines'],
    ['Call the class TokenBucket', 'Put it in lib/bucket.ts'],
    ['Call the function makeLimiter', 'Only metric units', 'One file, at most 30 lines'],
  ];
  test.each(asks.map((instructions) => [instructions.join(' · ') || 'nothing', instructions] as const))(
    'runs, mended too, and passes the tester’s tests: %s',
    (_, instructions) => {
      for (const role of ['coder', 'refiner']) {
        using folder = temporaryFolder();
        const program = written(instructions);
        const all = new Map([
          ...program.files,
          ...(role === 'refiner' ? written(instructions, { role }).files : []),
          ...written(instructions, { role: 'tester' }).files,
        ]);
        for (const [path, text] of all) {
          mkdirSync(dirname(join(folder.path, path)), { recursive: true });
          writeFileSync(join(folder.path, path), text);
        }
        const options = { cwd: folder.path, encoding: 'utf8', env: {} } as const;
        // In one process, not in one for each file.
        const tested = spawnSync(process.execPath, ['--test', '--test-isolation=none'], options);
        expect(tested.stdout).toMatch(/pass 7/);
        expect(tested.status).toBe(0);
        const [started] = program.paths.filter((path) => /main\./.test(path)).concat(program.paths);
        const isStartable = /process\.argv/.test(all.get(started ?? '') ?? '');
        const ran = spawnSync(process.execPath, [started ?? '', 'bread'], options);
        expect(ran.status).toBe(0);
        if (isStartable) expect(ran.stdout).toContain('bread');
      }
    },
    60_000,
  );

  const python = spawnSync('python3', ['--version'], { encoding: 'utf8' }).status === 0;
  test
    .skipIf(!python)
    .each([
      [['Python']],
      [['Python', 'Keep it in one file.']],
      [['Python', 'No classes', 'Only metric units']],
      [['Python', 'One file without comments, at most 40 lines']],
      [['Python', 'Plain functions in one file', 'Be brief']],
      [['Call the class Bucket', 'Put it in limiter.py']],
    ])('runs in Python, mended too: %s', (instructions) => {
    for (const role of ['coder', 'refiner']) {
      using folder = temporaryFolder();
      const all = new Map([
        ...written(instructions).files,
        ...(role === 'refiner' ? written(instructions, { role }).files : []),
        ...written(instructions, { role: 'tester' }).files,
      ]);
      for (const [path, text] of all) writeFileSync(join(folder.path, path), text);
      const tested = spawnSync('python3', ['-m', 'unittest'], { cwd: folder.path, encoding: 'utf8' });
      expect(tested.stderr).toMatch(/Ran 5 tests[\s\S]*OK/);
    }
  });
});

describe('later roles', () => {
  function run(coder: readonly string[], change: Partial<RehearsalContext>) {
    const files = [...written(coder).files].map(([path, text]) => ({ path, text, from: 'stage' as const }));
    return { ...written([], { files, ...change }), files };
  }

  test('go by the files that are there, if their instructions do not say it', () => {
    const told = ['Keep it in one file.', 'Call the class Bucket', 'In JavaScript'];
    const tests = run(told, { role: 'tester' });
    expect(tests.paths).toEqual(['test/token-bucket-rate.test.js', 'test/token-bucket-rate-rules.test.js']);
    expect(tests.code).toContain("import { Bucket, rules } from '../src/token-bucket-rate.js';");
    expect(run(told, { role: 'documenter' }).text).toContain('new Bucket(');
    const mended = run(told, { role: 'refiner', issues: ['It is removed silently.'] });
    expect(mended.paths).toEqual(['src/token-bucket-rate.js']);
    expect(mended.code).toContain('export class Bucket {');
    expect(mended.code).toContain('entries is reached');
  });

  test('of which the reviewer points at lines that are there', () => {
    for (const told of [[], ['Keep it in one file.'], ['In Python', 'Be brief']]) {
      const { files, text } = run(told, { role: 'reviewer' });
      const { issues } = JSON.parse(text) as { issues: { file?: string; line?: number }[] };
      expect(issues.length).toBeGreaterThan(1);
      for (const { file, line } of issues) {
        const found = files.find(({ path }) => path === file)?.text.split('\n')[(line ?? 0) - 1];
        expect(found).toMatch(/while|broken_?[rR]ule|breaks a rule|console\.log|print\(/);
      }
    }
  });

  test('a refiner returns only the files that it changes', () => {
    const issue = 'The error for a rejected entry does not say which rule it breaks.';
    expect(run([], { role: 'refiner', issues: [issue] }).paths).toEqual([
      ts,
      'src/token-bucket-rate-rules.ts',
    ]);
    expect(run([], { role: 'refiner', issues: ['It prints x as a raw list'] }).paths).toContain(
      'src/main.ts',
    );
  });

  test('a refiner without anything to change says so, and declines what it was told again', () => {
    const files = [...written([], { role: 'refiner' }).files].map(([path, text]) => ({
      path,
      text,
      from: 'stage' as const,
    }));
    const { text } = written([], { role: 'refiner', visit: 2, files, issues: ['Nothing is kept on disk.'] });
    expect(readFiles(text)).toMatchObject({ files: [], removed: [], unchanged: true });
    expect(text).toContain('- Nothing is kept on disk. Declined:');
  });

  test.each([
    ['refiner', ['Keep it in one file.'], ['src/token-bucket-rate-rules.ts', 'src/main.ts']],
    ['refiner', ['In Python, please'], [ts, 'src/token-bucket-rate-rules.ts', 'src/main.ts']],
    ['refiner', ['Call the file bucket'], [ts, 'src/token-bucket-rate-rules.ts']],
    ['coder', ['Keep it in one file.'], ['src/token-bucket-rate-rules.ts', 'src/main.ts']],
  ])('a %s that is told %s removes what has no place any more', (role, instructions, removed) => {
    const files = [...written([]).files].map(([path, text]) => ({ path, text, from: 'stage' as const }));
    const { text, paths } = written(instructions, { role, visit: 2, files });
    expect(
      readFiles(text, { present: (path) => files.find((file) => file.path === path)?.text }).removed.map(
        ({ path }) => path,
      ),
    ).toEqual(removed);
    expect(paths.length).toBeGreaterThan(0);
  });

  test('files that somebody else gave are left alone', () => {
    const files = [{ path: 'src/main.ts', text: 'export {};\n', from: 'input' as const }];
    expect(written(['Keep it in one file.'], { files }).text).not.toContain('```delete');
  });

  test('a page is Markdown, and a file where there is a README already', () => {
    expect(lines({ role: 'documenter', files: [] })).toMatch(/^# /);
    const files = [{ path: 'README.md', text: '# Old\n', from: 'input' as const }];
    const text = lines({ role: 'documenter', files });
    expect([...filesOf(text).keys()]).toEqual(['README.md']);
    expect(filesOf(text).get('README.md')).toMatch(/^# Token bucket[\s\S]*```sh\n/);
  });
});

describe('an instruction in the middle of a text', () => {
  const instructions = ['Keep it in one file.'];

  test('wherever it comes, the files of the whole text are the ones that were asked for', () => {
    const whole = lines({}, 'seed=1');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: whole.length }), (chars) => {
        const kept = whole.slice(0, chars);
        const more = lines({ keptText: kept, attempt: 2, instructions }, 'seed=1');
        const text = kept + more;
        const { files, removed, skipped } = readFiles(text);
        const gone = new Set(removed.map(({ path }) => path));
        expect(files.map(({ path }) => path).filter((path) => !gone.has(path))).toEqual([ts]);
        expect(skipped.filter(({ reason }) => reason === 'open')).toEqual([]);
        expect(joinParts(text, files.at(-1)?.parts ?? [])).toBe(written(instructions).files.get(ts));
        expect(text.match(/As instructed: “Keep it in one file\.”/g)).toHaveLength(1);
      }),
      { numRuns: 80 },
    );
  });

  test('a text that breaks off after that goes on to the same files', () => {
    const whole = lines({}, 'seed=1');
    const kept = whole.slice(0, 900);
    const more = lines({ keptText: kept, instructions }, 'seed=1');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: more.length }), (chars) => {
        const sofar = kept + more.slice(0, chars);
        const text = sofar + lines({ keptText: sofar, attempt: 3, instructions }, 'seed=1');
        const { files } = readFiles(text);
        expect(joinParts(text, files.find(({ path }) => path === ts)?.parts ?? [])).toContain(
          'import.meta.main',
        );
      }),
      { numRuns: 80 },
    );
  });

  test('a language that cannot be written is declined there, too', () => {
    const kept = lines({}, 'seed=1').slice(0, 300);
    expect(lines({ keptText: kept, instructions: ['Write it in Go.'] }, 'seed=1')).toContain(
      'cannot write Go',
    );
  });

  test('a plan says the parts again', () => {
    const plan = lines({ role: 'architect' }, 'seed=1');
    const more = lines(
      { role: 'architect', keptText: plan.slice(0, plan.indexOf('## Decisions')), instructions },
      'seed=1',
    );
    expect(more).toMatch(/^[\s\S]{0,200}## Parts[\s\S]*## Decisions[\s\S]*## Acceptance criteria/);
    expect(more).not.toContain('src/main.ts');
  });
});

test('any instruction whatever gives a text with files, the same one for the same seed', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }))), (instructions) => {
      const { files, text } = written(instructions);
      expect(files.size).toBeGreaterThan(0);
      expect(written(instructions, { runId: 'run_00000002' }).text).toBe(text);
    }),
  );
});

test('every steer that README, documents and examples suggest is understood', () => {
  const suggested = [
    'README.md',
    'docs/TUTORIAL.md',
    'docs/BOTS.md',
    'docs/EMBED.md',
    'examples/first-run.ts',
  ].flatMap((path) =>
    [
      ...textOf(path).matchAll(
        /(?:steer\(?|text:) ["']([A-Z][^"'\n]+\.)["']|steer\(["']([A-Z][^"'\n]+)["']/g,
      ),
    ].map(([, one, other]) => one ?? other ?? ''),
  );
  expect(new Set(suggested)).toContain('Keep it in one file.');
  expect(new Set(suggested)).toContain('Keep every file below 60 lines.');
  for (const text of suggested) expect([text, hasRequirements(text)]).toEqual([text, true]);
});

function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'stagewire-'));
  writeFileSync(join(path, 'package.json'), '{"type": "module"}');
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
