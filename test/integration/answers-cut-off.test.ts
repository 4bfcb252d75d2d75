import { afterAll, beforeAll, describe } from 'vitest';
import {
  startCrewServer,
  testCases,
  type CrewAnswer,
  type CrewCase,
  type CrewServer,
} from '../support/crew-case.ts';

let crew: CrewServer;
beforeAll(async () => {
  crew = await startCrewServer();
});
afterAll(() => crew[Symbol.asyncDispose]());

const a = '```ts src/a.ts\nA\n```\n\n';
const b = 'export function b() {\n  const one = 1;\n  return one;\n}\n';
const both = { 'src/a.ts': 'A\n', 'src/b.ts': b };
const head = `${a}\`\`\`ts src/b.ts\nexport function b() {\n  const one = 1;\n`;

function continued(
  title: string,
  answers: readonly CrewAnswer[],
  right: CrewCase['right'] = { files: both },
): CrewCase {
  return { title, answers: { coder: answers }, right: { calls: { coder: answers.length }, ...right } };
}

describe('a text that goes on behind the output limit', () => {
  testCases(
    () => crew,
    [
      continued('exactly where it stopped', [{ cut: head }, '  return one;\n}\n```\n']),
      continued('with the last line again', [{ cut: head }, '  const one = 1;\n  return one;\n}\n```\n']),
      continued('with the last two lines again', [
        { cut: head },
        'export function b() {\n  const one = 1;\n  return one;\n}\n```\n',
      ]),
      continued('behind the fence that is opened again', [
        { cut: head },
        '```ts src/b.ts\n  return one;\n}\n```\n',
      ]),
      continued('behind a fence of the language only', [
        { cut: head },
        '```typescript\n  return one;\n}\n```\n',
      ]),
      continued('behind chat and a fence', [
        { cut: head },
        'Sure, continuing from where I left off:\n\n```ts\n  return one;\n}\n```\n',
      ]),
      continued('behind chat without a fence', [
        { cut: head },
        'Continuing from where I left off:\n\n  return one;\n}\n```\n',
      ]),
      continued('behind chat in another language', [
        { cut: head },
        'Natürlich, hier geht es weiter:\n\n```ts\n  return one;\n}\n```\n',
      ]),
      continued('with the whole file again', [{ cut: head }, `\`\`\`ts src/b.ts\n${b}\`\`\`\n`]),
      continued('with the whole answer again', [{ cut: head }, `${a}\`\`\`ts src/b.ts\n${b}\`\`\`\n`]),
      continued('with the whole answer again, behind an apology', [
        { cut: head },
        `I apologize for the cut. Here is the complete answer:\n\n${a}\`\`\`ts src/b.ts\n${b}\`\`\`\n`,
      ]),
      continued('in the middle of the line that opens a file', [
        { cut: `${a}\`\`\`ts src/` },
        `b.ts\n${b}\`\`\`\n`,
      ]),
      continued('in the fence itself', [{ cut: `${a}\`\`` }, `\`ts src/b.ts\n${b}\`\`\`\n`]),
      continued('in the middle of a word', [{ cut: `${head}  ret` }, 'urn one;\n}\n```\n']),
      continued('in the middle of a line, with that line and the one before it again', [
        { cut: `${head}  return ` },
        '  const one = 1;\n  return one;\n}\n```\n',
      ]),
      continued('between two files', [{ cut: a }, `\`\`\`ts src/b.ts\n${b}\`\`\`\n`]),
      continued('before the closing fence only', [{ cut: `${a}\`\`\`ts src/b.ts\n${b}` }, '```\n']),
      continued('in the closing fence', [{ cut: `${a}\`\`\`ts src/b.ts\n${b}\`` }, '``\n']),
      continued('three times', [{ cut: head }, { cut: '  return ' }, { cut: 'one;\n' }, '}\n```\n']),
      continued('in the middle of a word, behind thoughts and blank lines', [
        { cut: `${head}  ret` },
        '<think>I stopped at a return.</think>\n\nurn one;\n}\n```\n',
      ]),
      continued('behind thoughts about where it was', [
        { cut: head },
        '<think>I stopped at one.</think>\n  return one;\n}\n```\n',
      ]),
      continued(
        'in a README with commands inside',
        [
          { cut: '```md README.md\n# Queue\n\n```sh\nnpm ' },
          'ci\n```\n\nDone.\n```\n\n```ts src/a.ts\nA\n```\n',
        ],
        { files: { 'README.md': '# Queue\n\n```sh\nnpm ci\n```\n\nDone.\n', 'src/a.ts': 'A\n' } },
      ),
      continued(
        'with a line of code that rightly is there twice',
        [{ cut: '```ts src/a.ts\npush(1);\n' }, 'push(2);\npush(1);\n```\n'],
        { files: { 'src/a.ts': 'push(1);\npush(2);\npush(1);\n' } },
      ),
      continued(
        'with another file, named in its fence, while one is open',
        [{ cut: head }, '```ts src/c.ts\nC\n```\n', `\`\`\`ts src/b.ts\n${b}\`\`\`\n`],
        { files: { ...both, 'src/c.ts': 'C\n' }, skipped: ['open src/b.ts'] },
      ),
      continued(
        'with another file, named by a line, while one is open',
        [{ cut: head }, '**src/c.ts**\n\n```ts\nC\n```\n', `\`\`\`ts src/b.ts\n${b}\`\`\`\n`],
        { files: { ...both, 'src/c.ts': 'C\n' }, skipped: ['open src/b.ts'] },
      ),
      continued(
        'never: three times and then no more',
        [{ cut: head }, { cut: '  // 1\n' }, { cut: '  // 2\n' }, { cut: '  // 3\n' }],
        {
          files: { 'src/a.ts': 'A\n' },
          skipped: ['open src/b.ts'],
          finishReason: 'length',
          status: 'completed',
        },
      ),
      continued('with nothing, and is then asked for what is open', [
        { cut: head },
        '',
        `\`\`\`ts src/b.ts\n${b}\`\`\`\n`,
      ]),
      {
        title: 'in the README of the documenter, in the middle of a sentence',
        roles: ['coder', 'documenter'],
        answers: { documenter: [{ cut: '# Queue\n\nIt keeps what is ' }, 'put into it.\n'] },
        right: {
          files: {
            'src/a.ts': 'export const a = 1;\n',
            'README.md': '# Queue\n\nIt keeps what is put into it.\n',
          },
        },
      },
      {
        title: 'and what stays open is told to the reviewer',
        roles: ['coder', 'reviewer'],
        answers: { coder: [{ cut: `${head}  // HALF\n` }, { cut: ' ' }] },
        right: { promptHas: { reviewer: ['Unfinished file', '// HALF'] }, files: { 'src/a.ts': 'A\n' } },
      },
    ],
  );
});

const draft = '```ts src/draft.ts\nD\n```\n';
const answer = '```ts src/a.ts\nA\n```\n';

describe('thoughts in the text', () => {
  const thinking = (
    title: string,
    text: string,
    provider: CrewCase['provider'] = 'compatible',
  ): CrewCase => ({
    title,
    provider,
    roles: ['coder', 'reviewer'],
    answers: { coder: [text] },
    right: {
      files: { 'src/a.ts': 'A\n' },
      calls: { coder: 1 },
      promptLacks: { reviewer: ['MUSING'] },
      verdict: 'approved',
    },
  });
  testCases(
    () => crew,
    [
      thinking('of DeepSeek and Qwen', `<think>\nMUSING\n${draft}</think>\n\n${answer}`),
      thinking('in capitals', `<THINK>\nMUSING\n${draft}</THINK>\n${answer}`),
      thinking('over the Messages API', `<thinking>\nMUSING\n${draft}</thinking>\n\n${answer}`, 'anthropic'),
      thinking('over the Responses API', `<think>MUSING\n${draft}</think>${answer}`, 'openai'),
      thinking(
        'whose beginning the template has taken, over the Messages API',
        `MUSING\n${draft}</think>\n\n${answer}`,
        'anthropic',
      ),
      thinking('that leave a fence open', `<think>\nMUSING\n\`\`\`ts src/draft.ts\nD\n</think>\n${answer}`),
      thinking('twice', `<think>MUSING</think>\n<think>MUSING ${draft}</think>\n${answer}`),
      thinking('in words of other models', `<reasoning>\nMUSING\n${draft}</reasoning>\n${answer}`),
      thinking('of Kimi', `◁think▷MUSING\n${draft}◁/think▷\n${answer}`),
      thinking('of Magistral', `[THINK]MUSING\n${draft}[/THINK]\n${answer}`),
      thinking('of Seed', `<seed:think>MUSING\n${draft}</seed:think>\n${answer}`),
      thinking(
        'of gpt-oss, whose channels a server left in',
        `<|channel|>analysis<|message|>MUSING\n${draft}<|end|><|start|>assistant<|channel|>final<|message|>${answer}`,
      ),
      {
        title: 'in the middle of a file are its text',
        answers: { coder: ['```html src/a.html\n<p>\n<think>hm</think>\n</p>\n```\n'] },
        right: { files: { 'src/a.html': '<p>\n<think>hm</think>\n</p>\n' } },
      },
      {
        title: 'that are cut off, and go on',
        answers: { coder: [{ cut: `<think>\nMUSING\n${draft}` }, `Enough.\n</think>\n${answer}`] },
        right: { files: { 'src/a.ts': 'A\n' } },
      },
      {
        title: 'that never end are no answer',
        attempts: 1,
        answers: { coder: [`<think>\nMUSING\n${answer}`] },
        right: { failure: 'OUTPUT_INVALID', files: {} },
      },
    ],
  );
});
