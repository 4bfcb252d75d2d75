import { describe, expect, test } from 'vitest';
import { joinParts } from '@stagewire/shared/text/file-text';
import { readFiles } from '@stagewire/shared/text/read-files';
import { contentsIn, lines } from '../support/files-in-text.ts';
import { leastCpuMs, leastCpuRatio } from '../support/cpu-time.ts';

interface Answer {
  readonly name: string;
  /** What the roles answer, one after the other. */
  readonly texts: readonly string[];
  /** The run's files after them. */
  readonly files: Readonly<Record<string, string>>;
  readonly skipped?: readonly string[];
}

const long = Array.from({ length: 30 }, (_, index) => `export const v${index} = ${index};\n`).join('');
const block = (info: string, content: string) => `\`\`\`${info}\n${content}\`\`\`\n\n`;

/** One of each kind of answer that was seen in public reports: see the numbers of the brief’s cases. */
const answers: readonly Answer[] = [
  {
    name: 'a01 a README with a command in it, and files behind',
    texts: [
      `Notes.\n\n${block('md README.md', '# Queue\n\n```sh\nnpm i\n```\n\nThen run it.\n')}${block('ts src/queue.ts', 'Q\n')}${block('ts src/index.ts', 'I\n')}`,
    ],
    files: {
      'README.md': '# Queue\n\n```sh\nnpm i\n```\n\nThen run it.\n',
      'src/queue.ts': 'Q\n',
      'src/index.ts': 'I\n',
    },
  },
  {
    name: 'a02 files of other languages at the root',
    texts: [
      block('xml Queue.csproj', '1\n') +
        block('text go.mod', '2\n') +
        block('groovy build.gradle', '3\n') +
        block('toml Pipfile', '4\n'),
    ],
    files: { 'Queue.csproj': '1\n', 'go.mod': '2\n', 'build.gradle': '3\n', Pipfile: '4\n' },
  },
  {
    name: 'a03 a draft in thoughts, with a block that stays open',
    texts: [
      `<think>\n${block('ts src/all.ts', 'D\n')}or\n\`\`\`ts\nconst x = 1\nNo.\n</think>\n\nNotes.\n\n${block('ts src/a.ts', 'A\n')}`,
    ],
    files: { 'src/a.ts': 'A\n' },
  },
  {
    name: 'a04 backslashes',
    texts: [`${block('ts src\\queue.ts', 'Q\n')}src\\test\\queue.test.ts\n${block('ts', 'T\n')}`],
    files: { 'src/queue.ts': 'Q\n', 'src/test/queue.test.ts': 'T\n' },
  },
  {
    name: 'a05 decorated names',
    texts: [
      block('ts (src/a.ts)', 'A\n') +
        block('ts src/b.ts:', 'B\n') +
        block('ts src/c.ts:1-20', 'C\n') +
        block('ts file:src/d.ts', 'D\n') +
        block('ts [src/e.ts]', 'E\n'),
    ],
    files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n', 'src/c.ts': 'C\n', 'src/d.ts': 'D\n', 'src/e.ts': 'E\n' },
  },
  {
    name: 'a06 a refinement that leaves out the rest',
    texts: [
      block('ts src/a.ts', long),
      block(
        'ts src/a.ts',
        '// ... existing code ...\nexport const v3 = 33;\n// ... rest of the file stays the same\n',
      ),
    ],
    files: { 'src/a.ts': long },
    skipped: ['elided src/a.ts'],
  },
  {
    name: 'a07 and a12 no file',
    texts: ['Sure! I would begin with a queue module. Shall I write it?'],
    files: {},
  },
  {
    name: 'a08 the whole answer in one block',
    texts: [
      `\`\`\`\`markdown\nNotes.\n\n${block('ts src/a.ts', 'A\n')}${block('ts src/b.ts', 'B\n')}\`\`\`\`\n`,
    ],
    files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' },
  },
  {
    name: 'a09 headings',
    texts: [
      lines(
        '#### File 1: src/a.ts',
        '```ts',
        'A',
        '```',
        '',
        '### `src/b.ts` — the entry',
        '```ts',
        'B',
        '```',
        '',
      ) +
        lines('Create `src/c.ts`:', '```ts', 'C', '```', '', '**2. src/d.ts**', '```ts', 'D', '```', '') +
        lines('--- src/e.ts ---', '```ts', 'E', '```'),
    ],
    files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n', 'src/c.ts': 'C\n', 'src/d.ts': 'D\n', 'src/e.ts': 'E\n' },
  },
  {
    name: 'a10 a tag',
    texts: ['<file path="src/a.ts">\nexport const a = 1;\n</file>\n'],
    files: { 'src/a.ts': 'export const a = 1;\n' },
  },
  {
    name: 'a11 a file that is renamed',
    texts: [
      block('ts src/list.ts', 'old\n') + block('ts src/b.ts', 'B\n'),
      `src/list.ts is replaced by src/ring.ts.\n\n${block('delete src/list.ts', '')}${block('ts src/ring.ts', 'new\n')}`,
    ],
    files: { 'src/b.ts': 'B\n', 'src/ring.ts': 'new\n' },
  },
  {
    name: 'a13 an excerpt of a file, and brackets in names',
    texts: [
      block('ts src/c.ts', long) +
        block('tsx app/[id]/page.tsx', 'P\n') +
        block('tsx app/(auth)/layout.tsx', 'L\n'),
      `Lines 1-3 now:\n\n${block('ts src/c.ts:1-3', 'x\n')}`,
    ],
    files: { 'src/c.ts': long, 'app/[id]/page.tsx': 'P\n', 'app/(auth)/layout.tsx': 'L\n' },
    skipped: ['excerpt src/c.ts'],
  },
  {
    name: 'a14 the end of a thought that the template began',
    texts: [
      `I could do a draft first:\n\n${block('ts src/draft.ts', 'D\n')}No, better:\n</think>\n\n${block('ts src/a.ts', 'A\n')}`,
    ],
    files: { 'src/a.ts': 'A\n' },
  },
  {
    name: 'a15 a thought without an end',
    texts: [`<think>Let me see.\n\n${block('ts src/draft.ts', 'D\n')}`],
    files: {},
  },
  {
    name: 'a16 words that are no path',
    texts: [block('js live', 'x()\n') + block('python main', 'main()\n') + block('ts src/a.ts', 'A\n')],
    files: { 'src/a.ts': 'A\n' },
    skipped: ['no_path', 'no_path'],
  },
];

describe('the files of a run from what its roles answered', () => {
  test.each(answers)('$name', ({ texts, files, skipped = [] }) => {
    const now = new Map<string, string>();
    const passedOver: string[] = [];
    for (const text of texts) {
      const read = readFiles(text, { present: (path) => now.get(path) });
      for (const { path } of read.removed) now.delete(path);
      for (const { path, parts } of read.files) now.set(path, joinParts(text, parts));
      passedOver.push(
        ...read.skipped.map(({ reason, path }) => (path === undefined ? reason : `${reason} ${path}`)),
      );
    }
    expect(Object.fromEntries(now)).toEqual(files);
    expect(passedOver).toEqual(skipped);
  });
});

/** Texts that could cost more than their length, each about 200 KB. */
const hostile: Readonly<Record<string, string>> = {
  'bare fences in Markdown': `\`\`\`md README.md\n${repeated('```\n')}`,
  'blocks in Markdown': `\`\`\`md README.md\n${repeated('```sh\n```\n')}`,
  'files in Markdown': `\`\`\`md README.md\n${repeated('```ts b.ts\nx\n```\n')}`,
  'Markdown that is never closed': repeated('```md R.md\n```ts a.ts\n'),
  'fences that may mean both': repeated('```md R.md\n\n```\nx\n'),
  'wrapped files': `\`\`\`\n${repeated('```ts a.ts\nx\n```\n')}`,
  'tags without an end': repeated('<file path="a.ts">\n'),
  'tags of many names': repeated('<a path="a.ts">\n'),
  'beginnings of tags': repeated('<file path='),
  'ends of thoughts': repeated('</think>\n'),
  'ends of thoughts in code': repeated('```\n</think>\n'),
  'ends of thoughts in one block': `\`\`\`ts a.ts\n${repeated('</think>\n')}\`\`\`\n`,
  'beginnings of thoughts': repeated('<think>'),
  'blocks in lists': repeated('- a\n    ```ts a.ts\n    x\n    ```\n'),
  'numbered lines': `\`\`\`ts a.ts\n${Array.from({ length: 19_000 }, (_, index) => `${index + 1}| x\n`).join('')}\`\`\`\n`,
  placeholders: `\`\`\`ts a.ts\n${repeated('// ... existing code ...\n')}\`\`\`\n`,
  'one long line of placeholders': `\`\`\`ts a.ts\n${repeated('rest of the the the ')}\n\`\`\`\n`,
  'marks of edits': `\`\`\`ts a.ts\n${repeated('<<<<<<< SEARCH\n')}\`\`\`\n`,
  'headings with a sentence': repeated('### src/a.ts\n\nIt is a.\n\n```ts\nx\n```\n'),
  'lines that are names': repeated('`src/a.ts` src/b.ts\n```\n```\n'),
  'one block again and again': repeated('```ts a.ts\nx\n```\n'),
  'bold marks': repeated('**'),
  blanks: `${' '.repeat(200_000)}\`\`\``,
};

function repeated(piece: string): string {
  return piece.repeat(Math.ceil(200_000 / piece.length));
}

test.each(Object.entries(hostile))('a text of %s takes linear time', (_what, text) => {
  const firstHalf = text.slice(0, text.length / 2);
  // In quadratic time it would be seconds. Half a text may cost much less: a block without its end is read as prose.
  expect(leastCpuRatio([() => readFiles(firstHalf), () => readFiles(text)], 3, 150)).toBeLessThan(3);
  expect(leastCpuMs(() => readFiles(text), 1500)).toBeLessThan(1500);
});

test('4 MB of ordinary text take linear time', () => {
  const text = repeatedTo(4_000_000, `Words and words.\n\n### src/a.ts\n\n${block('ts', long)}`);
  expect(leastCpuMs(() => readFiles(text), 2000)).toBeLessThan(2000);
  expect(Object.keys(contentsIn(text))).toEqual(['src/a.ts']);
});

function repeatedTo(chars: number, piece: string): string {
  return piece.repeat(Math.ceil(chars / piece.length));
}
