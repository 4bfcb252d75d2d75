import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinParts } from '@stagewire/shared/text/file-text';
import { readFiles } from '@stagewire/shared/text/read-files';
import { parseReview } from '../../server/pipeline/review-parser.ts';
import type { RehearsalContext } from '../../server/providers/provider.ts';
import { writeScript } from '../../server/providers/rehearsal-script.ts';
import { parseRehearsalShape } from '../../server/providers/rehearsal-shape.ts';
import { lines, roles, scene, texts } from '../support/rehearsal-lines.ts';
import { ReviewIssue } from '@stagewire/shared/primitives';

const someTask = fc.oneof(
  fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }),
  fc.constantFrom(
    'class',
    '3d',
    '写一个待办事项应用',
    'Ein Zähler',
    '```\n*/ """ \\u12 ${x} "a""',
    '👩‍💻'.repeat(60),
    '-',
    '\ud800',
  ),
);

describe('what the rehearsal writes', () => {
  test('is different for every role and long enough to watch', () => {
    const all = roles.map((role) => lines({ role }));
    expect(new Set(all).size).toBe(roles.length);
    for (const text of texts.map((role) => lines({ role }))) {
      expect(text.length).toBeGreaterThan(1200);
      expect(text.length).toBeLessThan(3000);
    }
  });

  test.each(texts)('as %s takes its words from the task and says once that it is a rehearsal', (role) => {
    const text = lines({ role });
    expect(text).toContain('Token bucket rate limiter');
    expect(text.match(/rehearsal/gi)).toHaveLength(1);
  });

  test.each(roles)('as %s is the same for the same scene and seed, whatever the run', (role) => {
    fc.assert(
      fc.property(someTask, fc.nat(), fc.integer({ min: 1, max: 3 }), (task, seed, visit) => {
        const shape = `seed=${seed}`;
        const one = writeScript({ ...scene, role, task, visit }, parseRehearsalShape(shape));
        const other = writeScript(
          { ...scene, role, task, visit, runId: 'run_99999999' },
          parseRehearsalShape(shape),
        );
        expect(other).toEqual(one);
      }),
      { numRuns: 30 },
    );
  });

  test('differs between runs when there is no seed', () => {
    const said = Array.from({ length: 8 }, (_, number) =>
      lines({ role: 'architect', runId: `run_0000000${number}` }),
    );
    expect(new Set(said).size).toBeGreaterThan(1);
  });

  test.each(texts)('as %s has exactly the length that was asked for', (role) => {
    fc.assert(
      fc.property(someTask, fc.integer({ min: 1, max: 20_000 }), (task, chars) => {
        expect(lines({ role, task }, `seed=1,chars=${chars}`)).toHaveLength(chars);
      }),
      { numRuns: 40 },
    );
  });

  test('as a million characters does not take long', () => {
    const startedAt = performance.now();
    expect(lines({ role: 'coder' }, 'chars=1000000')).toHaveLength(1_000_000);
    expect(lines({ role: 'reviewer' }, 'chars=1000000')).toHaveLength(1_000_000);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  test('thinks as long as it was asked to', () => {
    const shape = (text: string) => parseRehearsalShape(text);
    expect(writeScript(scene, shape('')).reasoning).toMatch(/^\(Rehearsal.*\) The task is about/);
    expect(writeScript(scene, shape('reasoning=0')).reasoning).toBe('');
    for (const chars of [1, 40, 5000]) {
      expect(writeScript(scene, shape(`reasoning=${chars}`)).reasoning).toHaveLength(chars);
    }
    expect(lines({}, 'seed=1,reasoning=900')).toBe(lines({}, 'seed=1'));
  });
});

describe('the rehearsed program', () => {
  test.each(['coder', 'refiner'])('of the %s runs, and passes the tests of the tester', (role) => {
    const task = 'Build me a "recipe \\u0041 book" class: it\'s `fun` */ """';
    const instructions = ["Don't `use` a */ class", 'Only metric units, please'];
    using folder = temporaryFolder();
    for (const part of [role, 'tester']) {
      const files = filesOf(lines({ role: part, task, instructions }));
      expect(files.length).toBeGreaterThan(1);
      for (const { path, text } of files) {
        mkdirSync(dirname(join(folder.path, path)), { recursive: true });
        writeFileSync(join(folder.path, path), text);
      }
    }
    const tested = spawnSync(process.execPath, ['--test'], { cwd: folder.path, encoding: 'utf8', env: {} });
    expect(tested.stdout).toMatch(/pass 7/);
    expect(tested.status).toBe(0);
    const started = spawnSync(process.execPath, ['src/main.ts', 'bread'], {
      cwd: folder.path,
      encoding: 'utf8',
      env: {},
    });
    expect(started.stdout).toContain('bread');
  });

  test('is in Python when the task or the last word on it asks for that', () => {
    expect(filesOf(lines({ task: 'A recipe book in Python' })).map((file) => file.path)).toEqual([
      'recipe_book.py',
      'recipe_book_rules.py',
      'main.py',
    ]);
    const turned = lines({ task: 'A recipe book in Python', instructions: ['TypeScript after all'] });
    expect(filesOf(turned).map((file) => file.path)).toContain('src/recipe-book.ts');
  });

  test('has clean paths whatever the task is', () => {
    fc.assert(
      fc.property(someTask, (task) => {
        const files = filesOf(lines({ task }, 'seed=3'));
        expect(files).toHaveLength(3);
        for (const { path } of files) expect(path).toMatch(/^[a-z][a-z0-9_/-]*\.(ts|py)$/);
      }),
    );
  });

  test.each(['coder', 'refiner', 'tester'])('of the %s is found by the artifact finder, whole', (role) => {
    const text = lines({ role });
    const found = readFiles(text).files.map(({ path, parts }) => ({ path, text: joinParts(text, parts) }));
    expect(found).toEqual(filesOf(text));
    expect(found.length).toBeGreaterThan(1);
  });

  test.each(['architect', 'documenter'])('is not looked for in what the %s writes', (role) => {
    expect(readFiles(lines({ role })).files).toEqual([]);
  });

  test.each(['coder', 'refiner', 'tester'])('is there also when the %s is to be short', (role) => {
    for (const chars of [100, 200, 300, 600]) {
      const text = lines({ role }, `chars=${chars}`);
      expect(text).toHaveLength(chars);
      expect(readFiles(text).files).not.toHaveLength(0);
    }
  });

  test('has more files when it is to be longer', () => {
    expect(filesOf(lines({}, 'chars=12000')).length).toBeGreaterThan(8);
  });
});

describe('the rehearsed review', () => {
  const review = (change: Partial<RehearsalContext>, shape = '') => {
    const text = lines({ ...change, role: 'reviewer' }, shape);
    return { text, ...(JSON.parse(text) as { issues: unknown[]; verdict: string }) };
  };

  test('asks for changes first and approves from then on', () => {
    const first = review({});
    expect(first.verdict).toBe('changes_requested');
    expect([2, 3]).toContain(first.issues.length);
    for (const visit of [2, 3, 4]) {
      const later = review({ visit });
      expect(later.verdict).toBe('approved');
      expect(later.issues.length).toBeLessThanOrEqual(1);
    }
  });

  test('has issues that fit their schema and point at lines of the coder’s files', () => {
    const files = filesOf(lines({ role: 'coder' }));
    for (const issue of review({}).issues.map((given) => ReviewIssue.parse(given))) {
      const file = files.find((known) => known.path === issue.file);
      expect(file?.text.split('\n')[(issue.line ?? 0) - 1]).toMatch(/while|brokenRule|console\.log/);
    }
  });

  test.each([
    ['verdict=approved', ['approved', 'approved', 'approved']],
    ['verdict=changes', ['changes_requested', 'changes_requested', 'changes_requested']],
    ['verdict=alternate', ['changes_requested', 'approved', 'changes_requested']],
  ])('decides as %s says', (shape, verdicts) => {
    expect([1, 2, 3].map((visit) => review({ visit }, shape).verdict)).toEqual(verdicts);
  });

  test('is JSON of the length asked for, or its smallest form', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.boolean(), someTask, (chars, approve, task) => {
        const shape = `seed=2,chars=${chars},verdict=${approve ? 'approved' : 'changes'}`;
        const { text, issues } = review({ task }, shape);
        // Below some 800 characters an issue may not fit: then it is the smallest form.
        expect(text.length).toBeGreaterThanOrEqual(Math.min(chars, 33));
        expect(chars > 800 ? text.length === chars : text.length <= 800).toBe(true);
        for (const issue of issues) ReviewIssue.parse(issue);
        expect(approve || issues.length > 0).toBe(true);
      }),
    );
  });

  test('is read by the review parser, unless it is to be unparsable', () => {
    const shape = parseRehearsalShape('seed=1');
    const written = writeScript({ ...scene, role: 'reviewer' }, shape).text;
    expect(parseReview(written)).toMatchObject({ verdict: 'changes_requested' });
    const unparsable = writeScript({ ...scene, role: 'reviewer' }, shape, { unparsable: true }).text;
    expect(parseReview(unparsable)).toHaveProperty('problem');
  });

  test('answers a steer inside its JSON', () => {
    const { text } = review({ instructions: ['Look at "naming" first'] });
    expect(text.slice(0, 250)).toContain('As instructed: “Look at \\"naming\\" first”.');
  });

  test('ends a quoted sentence once', () => {
    expect(review({ instructions: ['Look at naming.'] }).text).toContain(
      'As instructed: “Look at naming.” The review',
    );
  });
});

function filesOf(text: string): { path: string; text: string }[] {
  return [...text.matchAll(/^```(?:ts|js|python) (\S+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    path: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'stagewire-'));
  writeFileSync(join(path, 'package.json'), '{"type": "module"}');
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
