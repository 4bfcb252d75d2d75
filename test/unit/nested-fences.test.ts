import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentsIn, lines, skippedIn } from '../support/files-in-text.ts';

const others = lines('', '```ts src/queue.ts', 'Q', '```', '', '```ts src/index.ts', 'I', '```');
const both = { 'src/queue.ts': 'Q\n', 'src/index.ts': 'I\n' };

/** What a README may hold between fences that are as long as the ones inside. */
const readmes: Readonly<Record<string, readonly string[]>> = {
  'a command': ['# Queue', '', '```sh', 'npm i', '```', '', 'Then run it.'],
  'a command at its end': ['# Queue', '', '```sh', 'npm i', '```'],
  'two commands': ['# Queue', '```sh', 'npm i', '```', 'and', '```sh', 'npm start', '```', '', 'End.'],
  'a block without a language': ['# Queue', '', '```', 'npm i', '```', '', 'Then run it.'],
  'a block without a language at its end': ['# Queue', '', '```', 'npm i', '```'],
  'blocks with and without a language': [
    '# Queue',
    '',
    '```',
    'src/',
    '  a.ts',
    '```',
    '',
    '```sh',
    'npm i',
    '```',
    '',
    'End.',
  ],
  'a block in a list': ['1. Install:', '', '   ```bash', '   npm i', '   ```', '2. Run.'],
  tildes: ['# Queue', '~~~sh', 'npm i', '~~~'],
  'a listing that ends with a path': ['# Queue', '', '```', 'src/', 'src/a.ts', '```', '', 'End.'],
  'no blank lines at all': ['# Queue', 'Run:', '```', 'npm i', '```', 'and so on'],
  'an example with a title': ['# Queue', '', '```ts title="example.ts"', 'x', '```', '', 'End.'],
  'Markdown inside': ['# Docs', '', '```markdown', '# Inner', '```js', 'x()', '```', '```', '', 'End.'],
  'no block': ['# Queue', '', 'Words.'],
  nothing: [],
};

describe('a README between three backticks, with other files behind', () => {
  test.each(Object.entries(readmes))('holds %s', (_what, readme) => {
    const content = lines(...readme);
    for (const info of ['md README.md', 'markdown path=README.md', 'README.md', 'text README.md']) {
      expect(contentsIn(`Notes.\n\n\`\`\`${info}\n${content}\`\`\`\n${others}`)).toEqual({
        'README.md': content,
        ...both,
      });
    }
    expect(contentsIn(`${others}\n### README.md\n\n\`\`\`markdown\n${content}\`\`\`\n`)).toEqual({
      'README.md': content,
      ...both,
    });
    expect(contentsIn(`\`\`\`md README.md\n${content}\`\`\`\n\nThat is all. Run \`npm start\`.\n`)).toEqual({
      'README.md': content,
    });
  });

  test('and a command below it that has no path', () => {
    const text = lines('```md README.md', '# Queue', '```', '', 'Run it:', '', '```', 'npm start', '```');
    expect(contentsIn(text)).toEqual({ 'README.md': '# Queue\n' });
    expect(skippedIn(text)).toEqual(['no_path']);
  });

  test('and files that are named by a line and have no language', () => {
    const text = lines(
      'README.md',
      '```md',
      '# Queue',
      '```',
      'src/a.ts',
      '```',
      'A',
      '```',
      'src/b.ts',
      '```',
      'B',
      '```',
    );
    expect(contentsIn(text)).toEqual({ 'README.md': '# Queue\n', 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' });
  });

  test('in which a block is never closed: the files behind are whole', () => {
    const text = `${lines('```md README.md', '# Queue', '```sh', 'npm i', '```')}${others}`;
    expect(contentsIn(text)).toEqual({ 'README.md': '# Queue\n```sh\nnpm i\n', ...both });
  });

  test('that is never closed itself: the files behind are whole', () => {
    const text = `${lines('```md README.md', '# Queue', '')}${others}`;
    expect(contentsIn(text)).toEqual(both);
    expect(skippedIn(text)).toEqual(['open README.md']);
  });

  test('that is cut off inside a block is open', () => {
    const text = lines('```md README.md', '# Queue', '', '```sh', 'npm i', '```', '', 'Then ru');
    expect(contentsIn(text)).toEqual({});
    expect(skippedIn(text)).toEqual(['open README.md']);
  });

  test('with an example that has a path tells of it', () => {
    const text = lines(
      '```md README.md',
      '# Queue',
      '',
      '```ts src/example.ts',
      'x',
      '```',
      '',
      'End.',
      '```',
    );
    expect(contentsIn(text)).toEqual({ 'README.md': '# Queue\n\n```ts src/example.ts\nx\n```\n\nEnd.\n' });
    expect(skippedIn(text)).toEqual(['nested src/example.ts']);
  });

  test('is closed by a longer fence whatever is open inside', () => {
    const text = `${lines('```md README.md', '```sh', 'npm i', '````')}${others}`;
    expect(contentsIn(text)).toEqual({ 'README.md': '```sh\nnpm i\n', ...both });
  });

  test('is closed by its own fence where those inside are of the other character', () => {
    const text = `${lines('~~~md README.md', '```sh', 'npm i', '~~~')}${others}`;
    expect(contentsIn(text)).toEqual({ 'README.md': '```sh\nnpm i\n', ...both });
  });
});

test('a file that is not closed is open, and the next one is whole', () => {
  const text = `${lines('```ts src/a.ts', 'A')}${others}`;
  expect(contentsIn(text)).toEqual(both);
  expect(skippedIn(text)).toEqual(['open src/a.ts']);
});

test.each(['````ts src/a.ts\nA\n```\n', '~~~ts src/a.ts\nA\n```\n'])(
  'a file that is closed by a fence that cannot close it is open, and the next one is whole: %j',
  (text) => {
    expect(contentsIn(text + others)).toEqual(both);
    expect(skippedIn(text + others)).toEqual(['open src/a.ts']);
  },
);

test('in other languages there are no blocks inside blocks', () => {
  const text = lines('```ts src/a.ts', 'const t = `', '```sh', 'x', '```', '`;');
  expect(contentsIn(text)).toEqual({ 'src/a.ts': 'const t = `\n```sh\nx\n' });
});

describe('a block that holds the whole answer is unwrapped', () => {
  const files = lines('Notes.', '', '```ts src/a.ts', 'A', '```', '', '```ts src/b.ts', 'B', '```');
  const wanted = { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' };
  test.each([
    ['````markdown', '````'],
    ['````', '````'],
    ['`````md', '`````'],
    ['```markdown', '```'],
    ['```md', '```'],
    ['```', '```'],
    ['```text', '```'],
    ['~~~markdown', '~~~'],
    ['~~~', '~~~'],
  ])('%s', (open, close) => {
    expect(contentsIn(`${open}\n${files}${close}\n`)).toEqual(wanted);
    expect(contentsIn(`Here is everything:\n\n${open}\n${files}${close}\n\nLet me know.\n`)).toEqual(wanted);
    expect(contentsIn(`${open}\n${files}`)).toEqual(wanted);
  });

  test('with a README in it', () => {
    const readme = lines('# Queue', '', '```sh', 'npm i', '```', '', 'End.');
    const text = `\`\`\`\`markdown\n\`\`\`md README.md\n${readme}\`\`\`\n\n${files}\`\`\`\`\n`;
    expect(contentsIn(text)).toEqual({ 'README.md': readme, ...wanted });
  });

  test('with names in lines before the blocks', () => {
    const text = lines(
      '````markdown',
      '### src/a.ts',
      '```ts',
      'A',
      '```',
      '',
      '**src/b.ts**',
      '```',
      'B',
      '```',
      '````',
    );
    expect(contentsIn(text)).toEqual(wanted);
  });

  test('each file for itself', () => {
    const one = (path: string, body: string) =>
      lines('````markdown', `\`\`\`ts ${path}`, body, '```', '````', '');
    expect(contentsIn(one('src/a.ts', 'A') + one('src/b.ts', 'B'))).toEqual(wanted);
  });

  test('but not an example behind the files', () => {
    const text = `${files}\nAn example:\n\n${lines('````markdown', '```ts src/c.ts', 'C', '```', '````')}`;
    expect(contentsIn(text)).toEqual(wanted);
    expect(skippedIn(text)).toEqual(['no_path']);
  });

  test('and what is no wrapper stays a block', () => {
    const text = `${lines('```markdown', '# Plan', '', '```sh', 'npm i', '```', 'End.', '```', '')}${files}`;
    expect(contentsIn(text)).toEqual(wanted);
    expect(skippedIn(text)).toEqual(['no_path']);
  });
});

test('a line that is a path, at the end of a README, is no name of the fence that closes it', () => {
  const text = '```md a.md\nb.ts\n\n```\n~~~md c.md\n````\nx\n~~~\n```md d.md\n```\n';
  expect(contentsIn(text)).toEqual({ 'a.md': 'b.ts\n\n', 'c.md': '````\nx\n', 'd.md': '' });
});

const line = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '```',
    '~~~',
    '````',
    '~~~~~',
    '```ts y.ts',
    '```sh',
    '   ```',
    '# x',
    '// z.ts',
    '</file>',
    '',
    'a.ts',
    '<file path="q.ts">',
  ),
);
const content = fc.oneof(
  fc.constant(''),
  fc.array(line, { maxLength: 12 }).map((all) => all.map((it) => `${it}\n`).join('')),
);

test('any content under a fence that is longer than every run in it comes back exactly', () => {
  const block = fc.tuple(content, fc.constantFrom('`', '~'), fc.constantFrom('md', 'ts', 'markdown', 'text'));
  fc.assert(
    fc.property(
      fc.array(block, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '\n', '\nNotes.\n\n'),
      (blocks, between) => {
        const wanted: Record<string, string> = {};
        const text = blocks.map(([body, char, language], index) => {
          const longest = Math.max(
            2,
            ...(body.match(char === '`' ? /`+/g : /~+/g) ?? []).map((run) => run.length),
          );
          const path = `f${index}.${language === 'markdown' ? 'md' : language === 'text' ? 'md' : language}`;
          wanted[path] = body;
          const fence = char.repeat(longest + 1);
          return `${fence}${language} ${path}\n${body}${fence}\n`;
        });
        expect(contentsIn(text.join(between), { acceptElided: true })).toEqual(wanted);
      },
    ),
    { numRuns: 1000 },
  );
});
