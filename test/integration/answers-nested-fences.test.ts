import { afterAll, beforeAll, describe } from 'vitest';
import { startCrewServer, testCases, type CrewServer } from '../support/crew-case.ts';

let crew: CrewServer;
beforeAll(async () => {
  crew = await startCrewServer();
});
afterAll(() => crew[Symbol.asyncDispose]());

const a = ['```ts src/a.ts', 'A', '```'];
const b = ['```ts src/b.ts', 'B', '```'];

describe('fences inside fences', () => {
  testCases(
    () => crew,
    [
      {
        title: 'a README with two commands and one example, in three backticks, before a source file',
        answers: {
          coder: [
            [
              '```markdown README.md\n# Queue\n\n## Install\n```bash\nnpm ci\n```\n',
              "## Use\n\n```ts\nimport { push } from './src/a.ts';\npush(1);\n```\n```\n",
              ...a,
            ],
          ],
        },
        right: {
          files: {
            'README.md': [
              '# Queue\n\n## Install\n```bash\nnpm ci\n```\n',
              "## Use\n\n```ts\nimport { push } from './src/a.ts';\npush(1);\n```",
            ],
            'src/a.ts': 'A\n',
          },
        },
      },
      {
        title: 'a README with the tree of the project in a bare block',
        answers: {
          coder: [
            ['```markdown README.md\n# Queue\n\n```\nsrc/\n  a.ts\n```\n\nThat is all.\n```', '', ...a],
          ],
        },
        right: {
          files: {
            'README.md': ['# Queue', '', '```', 'src/', '  a.ts', '```', '', 'That is all.'],
            'src/a.ts': 'A\n',
          },
        },
      },
      {
        title: 'a README with a bare block that begins with an empty line',
        answers: {
          coder: [
            [
              '```markdown README.md\n# Queue\n\nIt prints:\n\n```\n\nQueue is empty.\n```\n',
              'That is all.',
              '```',
              '',
              ...a,
            ],
          ],
        },
        right: {
          files: {
            'README.md': ['# Queue\n\nIt prints:\n\n```\n\nQueue is empty.\n```\n\nThat is all.'],
            'src/a.ts': 'A\n',
          },
        },
      },
      {
        title: 'a README that ends with a command, its own fence directly below',
        answers: {
          coder: [
            ['```md README.md\n# Queue\n\n```sh\nnpm start\n```\n```\n\n```json package.json\n{}', '```'],
          ],
        },
        right: {
          files: { 'README.md': ['# Queue', '', '```sh', 'npm start', '```'], 'package.json': '{}\n' },
        },
      },
      {
        title: 'two Markdown files in a row, both with commands',
        answers: {
          coder: [
            [
              '```md docs/one.md\n# One\n```sh\none\n```\nEnd of one.\n```\n',
              '```md docs/two.md\n# Two\n```sh\ntwo\n```\nEnd of two.\n```\n',
              ...b,
            ],
          ],
        },
        right: {
          files: {
            'docs/one.md': ['# One', '```sh', 'one', '```', 'End of one.'],
            'docs/two.md': ['# Two', '```sh', 'two', '```', 'End of two.'],
            'src/b.ts': 'B\n',
          },
        },
      },
      {
        title: 'a README in tildes that shows a fence which is never closed',
        answers: {
          coder: [
            ['~~~markdown README.md', 'A fence begins with', '', '```ts', '', 'and a path.', '~~~', '', ...a],
          ],
        },
        right: {
          files: { 'README.md': ['A fence begins with', '', '```ts', '', 'and a path.'], 'src/a.ts': 'A\n' },
        },
      },
      {
        title: 'a guide that shows a file with a path of its own',
        answers: {
          coder: [
            [
              '```markdown docs/guide.md\n# Guide\n\nCreate a file:\n\n```ts src/example.ts',
              'export const example = 1;',
              '```',
              '',
              'Then run it.',
              '```',
              '',
              ...a,
            ],
          ],
        },
        right: {
          files: {
            'docs/guide.md': [
              '# Guide\n\nCreate a file:\n\n```ts src/example.ts\nexport const example = 1;\n```\n',
              'Then run it.',
            ],
            'src/a.ts': 'A\n',
          },
          skipped: ['nested src/example.ts'],
        },
      },
      {
        title: 'a README below a heading that names it, with a config and a command inside',
        answers: {
          coder: [
            [
              '### `README.md`\n\n```markdown\n# Service\n\n```env\nPORT=3000\n```\n',
              '1. Build\n\n   ```bash\n   make\n   ```\n\n2. Run\n```\n',
              '### `Makefile`\n\n```makefile\nall:\n\tgo build\n```',
            ],
          ],
        },
        right: {
          files: {
            'README.md': [
              '# Service\n\n```env\nPORT=3000\n```\n\n1. Build\n\n   ```bash\n   make\n   ```',
              '\n2. Run',
            ],
            Makefile: ['all:', '\tgo build'],
          },
        },
      },
      {
        title: 'a prompt in a text file under four backticks, with fences inside',
        answers: {
          coder: [
            [
              '````text prompts/system.txt',
              'Answer like this:',
              '```json',
              '{}',
              '```',
              'Nothing else.',
              '````',
              '',
              ...a,
            ],
          ],
        },
        right: {
          files: {
            'prompts/system.txt': ['Answer like this:', '```json', '{}', '```', 'Nothing else.'],
            'src/a.ts': 'A\n',
          },
        },
      },
      {
        title: 'a program whose strings hold fences in the middle of lines',
        answers: {
          coder: [
            [
              '```python src/render.py\ndef fence(code: str) -> str:\n    return f"""```python',
              '{code}',
              '```"""',
              '```',
              '',
              ...a,
            ],
          ],
        },
        right: {
          files: {
            'src/render.py': ['def fence(code: str) -> str:', '    return f"""```python', '{code}', '```"""'],
            'src/a.ts': 'A\n',
          },
        },
      },
      {
        title: 'a block that is not closed before the next file begins',
        answers: {
          coder: [
            ['```ts src/a.ts', 'A', '', ...b],
            ['```ts src/a.ts', 'A', '```'],
          ],
        },
        right: { files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' }, skipped: ['open src/a.ts'] },
      },
      {
        title: 'a closing fence at the end of the last line',
        answers: {
          coder: [
            ['```json package.json', '{"private": true}```', '', ...a],
            ['```json package.json', '{"private": true}', '```'],
          ],
        },
        right: { files: { 'package.json': '{"private": true}\n', 'src/a.ts': 'A\n' } },
      },
    ],
  );
});

describe('a fence around the whole answer', () => {
  testCases(
    () => crew,
    [
      {
        title: 'three backticks and `markdown` around blocks of three backticks',
        answers: {
          coder: [['```markdown', 'The files:', '', ...a, '', ...b, '', 'Start it with node.', '```']],
        },
        right: { files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' } },
      },
      {
        title: 'four bare backticks, with a line of chat before',
        answers: { coder: [['Here is the complete solution:', '', '````', ...a, '', ...b, '````']] },
        right: { files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' } },
      },
      {
        title: 'tildes with `md`, and a README of backticks inside',
        answers: {
          coder: [
            [
              '~~~md',
              '# Solution',
              '',
              ...a,
              '',
              '````md README.md',
              '# Queue',
              '```sh',
              'x',
              '```',
              '````',
              '~~~',
            ],
          ],
        },
        right: { files: { 'src/a.ts': 'A\n', 'README.md': ['# Queue', '```sh', 'x', '```'] } },
      },
      {
        title: '`text` in five backticks, with headings and blocks inside',
        answers: {
          coder: [['`````text\n**src/a.ts**\n\n```ts\nA\n```\n\n**src/b.ts**\n\n```ts\nB\n```\n`````']],
        },
        right: { files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' } },
      },
      {
        title: 'a wrapper that is never closed',
        answers: { coder: [['````markdown', 'Notes.', '', ...a, '', ...b]] },
        right: { files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' } },
      },
      {
        title: 'a quote around everything',
        answers: { coder: [['> The file:', '>', '> ```ts src/a.ts', '> A', '>', '>   B', '> ```']] },
        right: { files: { 'src/a.ts': 'A\n\n  B\n' }, calls: { coder: 1 } },
      },
      {
        title: 'a quote of what is there, which changes nothing',
        roles: ['coder', 'reviewer', 'refiner'],
        answers: {
          coder: [a],
          reviewer: ['{"issues":[{"severity":"major","message":"b"}],"verdict":"changes_requested"}'],
          refiner: [['> ```ts src/a.ts', '> part of A', '> ```', 'needs a second file:', '', ...b]],
        },
        right: { files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' }, skipped: ['excerpt src/a.ts'] },
      },
      {
        title: 'one block whose content is another answer in tags',
        answers: {
          coder: [
            [
              '```xml\n<boltArtifact id="q" title="Queue">',
              '<boltAction type="file" filePath="src/a.ts">\nA\n</boltAction>',
              '<boltAction type="shell">\nnpm i\n</boltAction>\n</boltArtifact>\n```',
            ],
          ],
        },
        right: { files: { 'src/a.ts': 'A\n' } },
      },
    ],
  );
});
