import { describe, expect, test } from 'vitest';
import { contentsIn, readFilesOf, skippedIn } from '../support/files-in-text.ts';

const whole = Array.from({ length: 30 }, (_, index) => `export const v${index} = ${index};\n`).join('');
const present = (path: string) => (path.startsWith('src/') ? whole : undefined);
const write = (path: string, line: string) => `\`\`\`text ${path}\nfirst\n${line}\nlast\n\`\`\`\n`;

const placeholders: readonly (readonly [path: string, line: string])[] = [
  ['src/a.ts', '// ... existing code ...'],
  ['src/a.ts', '// ... rest of the code stays the same'],
  ['src/a.ts', '// rest of the file remains unchanged'],
  ['src/a.ts', '// ...'],
  ['src/a.ts', '  // …'],
  ['src/a.ts', '/* unchanged */'],
  ['src/a.ts', '// (unchanged)'],
  ['src/a.ts', '/* ... */'],
  ['src/a.ts', '...'],
  ['src/a.ts', '// [rest of the component]'],
  ['src/a.ts', '// ... other methods ...'],
  ['src/a.ts', '// ... (previous imports)'],
  ['src/a.ts', '// Existing methods remain unchanged'],
  ['src/a.ts', '// The rest of your component stays the same...'],
  ['src/a.ts', '// same as before'],
  ['src/a.ts', '// Code omitted for brevity'],
  ['src/a.ts', '// ... implementation omitted for brevity ...'],
  ['src/a.ts', '// --- rest of file unchanged ---'],
  ['src/a.ts', 'rest of file unchanged'],
  ['src/a.ts', '(rest of methods ...)'],
  ['src/a.ts', '... rest of the code ...'],
  ['src/a.ts', '[... rest of the file unchanged ...]'],
  ['src/a.ts', '// no changes below'],
  ['src/a.ts', '// keep the rest of the code'],
  ['src/a.ts', '// ... Rest bleibt unverändert'],
  ['src/a.ts', '// ... reste du code inchangé'],
  ['src/a.ts', '// ... resto del código sin cambios'],
  ['src/a.ts', '// ... 其余代码保持不变'],
  ['src/a.ts', '// 既存のコード'],
  ['src/a.ts', '// остальной код без изменений'],
  ['src/a.py', '# ... existing code ...'],
  ['src/a.py', '# Rest of the class remains the same'],
  ['src/a.py', '...'],
  ['src/a.sql', '-- ... rest of the schema unchanged'],
  ['src/a.lisp', ';; ... existing code ...'],
  ['src/a.tex', '% ... rest of the document unchanged'],
  ['src/a.html', '<!-- rest of the page stays the same -->'],
  ['src/a.html', '<!-- ... -->'],
  ['src/a.tsx', '{/* ... existing JSX code ... */}'],
  ['src/a.tsx', '{/* Rest of the component remains unchanged */}'],
  ['src/a.vb', "' ... existing code ..."],
  ['src/a.ml', '(* ... rest of the code ... *)'],
  ['src/a.hs', '{- ... existing code ... -}'],
  ['src/a.hbs', '{{!-- rest of the template unchanged --}}'],
  ['src/a.jinja', '{# ... existing content ... #}'],
  ['src/a.erb', '<%# ... existing code ... %>'],
  ['src/a.json', '// ... other settings ...'],
  ['src/README.md', '<!-- rest of the README unchanged -->'],
  ['src/README.md', '(rest of the file unchanged)'],
];

const texts: readonly (readonly [path: string, content: string])[] = [
  ['src/a.ts', 'const all = {\n  ...defaults,\n  ...rest\n};'],
  ['src/a.ts', 'call(\n  ...args,\n);'],
  ['src/a.ts', '// TODO: handle the rest of the cases'],
  ['src/a.ts', '// Wait for the remaining jobs before the queue is closed, since their order counts.'],
  ['src/a.ts', '// The existing code that calls this must not change.'],
  ['src/a.ts', '// Everything else is the same for all of them'],
  ['src/a.ts', '// returns the rest'],
  ['src/a.ts', '// and so on for each role, see below'],
  ['src/a.ts', '// Keep existing files for an hour.'],
  ['src/a.ts', '// Original: https://example.com/a'],
  ['src/a.ts', "log('... existing code ...');"],
  ['src/a.ts', '/** Same as `push`, but in front. */'],
  [
    'src/a.py',
    'class Store(Protocol):\n    def get(self) -> str:\n        ...\n\n    def put(self) -> None:\n        """Keeps it."""\n        ...',
  ],
  ['src/a.pyi', 'def f() -> int: ...\ndef g(\n    a: int,\n) -> int:\n    ...'],
  ['src/a.c', 'int printf(const char *format,\n    ...\n);'],
  ['src/a.yaml', '---\na: 1\n...'],
  ['src/a.sh', 'echo "..."'],
  ['src/README.md', 'Loading ...\n\n```ts\n// ... your code\n```\n\n...'],
  ['src/README.md', '# Existing code\n\nThe rest of the file is JSON.'],
  ['src/a.txt', '...'],
  [
    'src/a.go',
    'func f(xs ...int) {}\n// f takes the rest of the arguments one by one and adds them to what is there.',
  ],
  ['src/a.css', '/* Remaining space goes to the list */'],
  ['src/a.rs', '// Other errors are passed on.'],
];

describe('a text that leaves something out does not take the place of the file', () => {
  test.each(placeholders)('%s: %s', (path, line) => {
    expect(contentsIn(write(path, line), { present })).toEqual({});
    expect(skippedIn(write(path, line), { present, acceptElided: true })).toEqual([`elided ${path}`]);
  });

  test.each(texts)('but this leaves nothing out: %s %j', (path, content) => {
    const fence = content.includes('```') ? '````' : '```';
    const text = `${fence}text ${path}\n${content}\n${fence}\n`;
    expect(contentsIn(text, { present })).toEqual({ [path]: `${content}\n` });
  });

  test('a shorter text alone is not elided', () => {
    expect(contentsIn('```ts src/a.ts\nexport const v = 1;\n```\n', { present })).toEqual({
      'src/a.ts': 'export const v = 1;\n',
    });
  });

  test('a placeholder that the present file has is text, and so is one beside the whole file', () => {
    const old = 'a\n// ... existing code ...\nb\n';
    expect(
      contentsIn('```ts src/a.ts\n// ... existing code ...\nb\n```\n', { present: () => old }),
    ).toHaveProperty('src/a.ts');
    expect(contentsIn('```ts src/a.ts\na\nb\n// ...\n```\n', { present: () => 'a\nb\n' })).toHaveProperty(
      'src/a.ts',
    );
  });

  test('a new file is skipped too, until it is accepted as it is', () => {
    const text = write('new/a.ts', '// ... rest of the code');
    expect(skippedIn(text, { present })).toEqual(['elided new/a.ts']);
    expect(skippedIn(text)).toEqual(['elided new/a.ts']);
    expect(readFilesOf(text, { present, acceptElided: true })).toMatchObject([
      { path: 'new/a.ts', elided: true },
    ]);
  });

  test('the whole file that the text wrote before stays', () => {
    const text = `\`\`\`ts new/a.ts\n${whole}\`\`\`\n\n${write('new/a.ts', '// ... rest of the code')}`;
    expect(contentsIn(text, { acceptElided: true })).toEqual({ 'new/a.ts': whole });
  });

  test('what is written again with the placeholder of an elided file is elided still', () => {
    const text = write('new/a.ts', '// ... rest of the code');
    const elided = [{ path: 'new/a.ts', elided: true }];
    expect(readFilesOf(`${text}\n${text}`, { acceptElided: true })).toMatchObject(elided);
    const again = {
      present: () => 'first\n// ... rest of the code\nlast\n',
      elidedPaths: new Set(['new/a.ts']),
    };
    expect(readFilesOf(text, again)).toMatchObject(elided);
    expect(readFilesOf(write('new/a.ts', 'whole'), again)[0]).not.toHaveProperty('elided');
  });
});
