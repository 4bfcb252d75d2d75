import { afterAll, beforeAll, describe } from 'vitest';
import { startCrewServer, testCases, type CrewCase, type CrewServer } from '../support/crew-case.ts';

let crew: CrewServer;
beforeAll(async () => {
  crew = await startCrewServer();
});
afterAll(() => crew[Symbol.asyncDispose]());

const issue = '{"issues":[{"severity":"major","message":"v1 is wrong"}],"verdict":"changes_requested"}';
const approved = '{"issues": [], "verdict": "approved"}';
const values = Array.from({ length: 12 }, (_, index) => `export const v${index} = ${index};`);
const whole = ['```ts src/a.ts', ...values, '```'];
const mended = [values[0] ?? '', 'export const v1 = 11;', ...values.slice(2)];
const crewOfThree = {
  roles: ['coder', 'reviewer', 'refiner'],
  maxRefinements: 1,
} as const;

/** The refiner first leaves out what the comment stands for, and then gives the whole file. */
function elided(language: string, comment: string): CrewCase {
  return {
    title: `in ${language}: ${comment}`,
    ...crewOfThree,
    answers: {
      coder: [whole],
      reviewer: [issue, approved],
      refiner: [
        ['```ts src/a.ts', values[0] ?? '', 'export const v1 = 11;', '', comment, '```'],
        ['```ts src/a.ts', ...mended, '```'],
      ],
    },
    right: {
      files: { 'src/a.ts': mended },
      skipped: ['elided src/a.ts'],
      calls: { refiner: 2 },
      verdict: 'approved',
    },
  };
}

describe('a refiner that leaves parts of a file out', () => {
  testCases(
    () => crew,
    [
      elided('English', '// ... (rest of the code remains the same)'),
      elided('English', '// ... existing code ...'),
      elided('English', '// [Previous implementations remain unchanged]'),
      elided('English', '/* ... other exports stay as they were ... */'),
      elided('English', '// (all other constants are identical to the original file)'),
      elided('Portuguese', '// ... (resto do código permanece igual)'),
      elided('Spanish', '// ... el resto del código permanece igual ...'),
      elided('French', '// ... (le reste du code est inchangé)'),
      elided('German', '// ... restlicher Code bleibt gleich ...'),
      elided('Italian', '// ... il resto del codice rimane invariato'),
      elided('Russian', '// ... остальной код без изменений ...'),
      elided('Chinese', '// ... 其余代码保持不变 ...'),
      elided('Chinese', '// （其他代码与之前相同）'),
      elided('Japanese', '// ... 残りのコードは変更なし ...'),
      elided('Korean', '// ... 나머지 코드는 동일합니다 ...'),
      elided('Turkish', '// ... kodun geri kalanı aynı kalıyor ...'),
      elided('Polish', '// ... reszta kodu bez zmian ...'),
      elided('Dutch', '// ... rest van de code blijft hetzelfde ...'),
      elided('Vietnamese', '// ... phần còn lại giữ nguyên ...'),
      elided('Ukrainian', '// ... решта коду без змін ...'),
      elided('Indonesian', '// ... sisa kode tetap sama ...'),
      elided('Czech', '// ... zbytek kódu beze změny ...'),
      elided('Swedish', '// ... resten av koden är oförändrad ...'),
      elided('Arabic', '// ... باقي الكود كما هو ...'),
      elided('Hindi', '// ... बाकी कोड वही रहेगा ...'),
    ],
  );
});

/** A coder's file with lines that look like placeholders and are none: it is taken at once. */
function meant(title: string, path: string, lines: readonly string[]): CrewCase {
  return {
    title,
    answers: { coder: [[`\`\`\`text ${path}`, ...lines, '```']] },
    right: { files: { [path]: lines }, calls: { coder: 1 } },
  };
}

describe('lines that leave nothing out', () => {
  testCases(
    () => crew,
    [
      meant('a lexer that skips the rest of a line', 'src/lex.ts', [
        'function comment() {\n  // Skip the rest of the line.',
        '  while (peek() !== "\\n") next();\n}',
      ]),
      meant('comments that speak of what is the same', 'src/merge.ts', [
        '// The order of equal items stays the same.\nsort(items);',
        '// Same as above, but from the end.\ntrim(items);',
      ]),
      meant('headings of sections', 'src/routes.ts', [
        "// Imports\nimport a from 'a';\n\n// Other routes\napp.get('/b', b);\n",
        '// Remaining handlers\non(c);',
      ]),
      meant('a protocol in Python', 'src/store.py', [
        'class Store(Protocol):\n    def get(self, key: str) -> bytes: ...',
        '    def put(self, key: str) -> None:\n        ...',
      ]),
      meant('spreads and rests', 'src/merge.js', [
        'return {\n  ...rest,\n  ...existing,\n};\nf(\n  ...more\n);',
      ]),
      meant('a changelog', 'CHANGELOG.md', [
        '# Changes\n\n- The rest of the API is unchanged.\n- ...and more.',
      ]),
      meant('an example of output in a README', 'README.md', [
        '# Q\n\n~~~\n...\n3 passed\n~~~\n\nAnd so on…',
      ]),
      meant('a document that shows what a conflict looks like', 'docs/merge.md', [
        '# Conflicts\n\n<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> main',
      ]),
      meant('a heading of reStructuredText', 'docs/index.rst', [
        'Queue\n=======\n\nA queue.\n\n-------\nEnd',
      ]),
      meant('a message that waits', 'src/ui.ts', [
        "status.text = 'Loading the remaining items...';",
        '// Wait for the other handlers to finish.',
        'await all();',
      ]),
      {
        title: 'a refiner whose new comment speaks of the rest of a line',
        ...crewOfThree,
        answers: {
          coder: [['```ts src/a.ts', 'one();', 'two();', '```']],
          reviewer: [issue, approved],
          refiner: [
            ['```ts src/a.ts', 'one();', '// Keep the remaining code points of the line.', 'three();', '```'],
          ],
        },
        right: {
          files: { 'src/a.ts': ['one();', '// Keep the remaining code points of the line.', 'three();'] },
          calls: { refiner: 1 },
        },
      },
    ],
  );
});

describe('blocks that change a file in place of giving it', () => {
  const patched = (title: string, blocks: readonly string[], skipped = 'diff src/a.ts'): CrewCase => ({
    title,
    ...crewOfThree,
    answers: {
      coder: [whole],
      reviewer: [issue, approved],
      refiner: [blocks, ['```ts src/a.ts', ...mended, '```']],
    },
    right: {
      files: { 'src/a.ts': mended },
      skipped: [skipped],
      calls: { refiner: 2 },
      verdict: 'approved',
    },
  });
  testCases(
    () => crew,
    [
      patched('SEARCH/REPLACE of aider', [
        'src/a.ts\n```typescript\n<<<<<<< SEARCH\nexport const v1 = 1;\n=======',
        'export const v1 = 11;',
        '>>>>>>> REPLACE\n```',
      ]),
      patched('a unified diff', [
        '```diff src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@',
        ' export const v0 = 0;',
        '-export const v1 = 1;\n+export const v1 = 11;\n```',
      ]),
      patched('a diff whose fence speaks of TypeScript', [
        '```ts src/a.ts\n@@ -2,1 +2,1 @@\n-export const v1 = 1;\n+export const v1 = 11;\n```',
      ]),
      patched(
        'lines with plus and minus, without any header',
        ['```diff\n// src/a.ts\n-export const v1 = 1;\n+export const v1 = 11;\n```'],
        'diff',
      ),
      patched('a patch as Codex applies it', [
        '```ts src/a.ts\n*** Begin Patch\n*** Update File: src/a.ts\n@@\n-export const v1 = 1;',
        '+export const v1 = 11;\n*** End Patch\n```',
      ]),
      patched(
        'the lines of a range',
        ['```ts src/a.ts (lines 2-2)', 'export const v1 = 11;', '```'],
        'excerpt src/a.ts',
      ),
      patched(
        'a range in the way of GitHub',
        ['```ts src/a.ts#L2', 'export const v1 = 11;', '```'],
        'excerpt src/a.ts',
      ),
      patched(
        'a heading that says where to change',
        ['In `src/a.ts`, change:', '', '```ts', 'export const v1 = 11;', '```'],
        'excerpt src/a.ts',
      ),
      patched(
        'a heading that says update',
        ['### Update `src/a.ts`', '', '```ts', 'export const v1 = 11;', '```'],
        'excerpt src/a.ts',
      ),
      patched(
        'numbered lines from the middle',
        ['```ts src/a.ts', ' 2| export const v1 = 11;', ' 3| export const v2 = 2;', '```'],
        'excerpt src/a.ts',
      ),
      patched(
        'an excerpt in Chinese',
        ['修改 `src/a.ts`：', '', '```ts', 'export const v1 = 11;', '```'],
        'excerpt src/a.ts',
      ),
      {
        title: 'a patch that is a file of the result',
        answers: {
          coder: [['```diff patches/fix.patch', '--- a/x', '+++ b/x', '@@ -1 +1 @@', '-a', '+b', '```']],
        },
        right: { files: { 'patches/fix.patch': ['--- a/x', '+++ b/x', '@@ -1 +1 @@', '-a', '+b'] } },
      },
      {
        title: 'numbered lines from the first on',
        answers: { coder: [['```ts src/a.ts', ' 1| one', ' 2|', ' 3| three', '```']] },
        right: { files: { 'src/a.ts': ['one', '', 'three'] } },
      },
      {
        title: 'a new file headed as an update is taken',
        answers: { coder: [['Update `src/new.ts`:', '', '```ts', 'N', '```']] },
        right: { files: { 'src/new.ts': 'N\n' }, calls: { coder: 1 } },
      },
    ],
  );
});
