import { afterAll, beforeAll, describe } from 'vitest';
import { startCrewServer, testCases, type CrewServer } from '../support/crew-case.ts';

let crew: CrewServer;
beforeAll(async () => {
  crew = await startCrewServer();
});
afterAll(() => crew[Symbol.asyncDispose]());

const issue = '{"issues":[{"severity":"major","message":"one is wrong"}],"verdict":"changes_requested"}';
const approved = '{"issues": [], "verdict": "approved"}';
const file = (path: string, text: string) => `\`\`\`ts ${path}\n${text}\n\`\`\`\n`;

describe('refinements of a part of the files', () => {
  testCases(
    () => crew,
    [
      {
        title: 'three rounds, one of them removes a file and another one brings it back',
        roles: ['coder', 'reviewer', 'refiner', 'documenter'],
        maxRefinements: 3,
        answers: {
          coder: [[file('src/a.ts', 'A-ONE'), file('src/b.ts', 'B-ONE'), file('src/c.ts', 'C-ONE')]],
          reviewer: [issue, issue, issue, approved],
          refiner: [
            file('src/a.ts', 'A-TWO'),
            ['```delete src/b.ts', '```', '', file('src/c.ts', 'C-TWO')],
            file('src/b.ts', 'B-THREE'),
          ],
        },
        right: {
          files: {
            'src/a.ts': 'A-TWO\n',
            'src/c.ts': 'C-TWO\n',
            'src/b.ts': 'B-THREE\n',
            'README.md': '# Read me\n',
          },
          verdict: 'approved',
          promptHas: {
            'reviewer@3': ['A-TWO', 'C-TWO'],
            'refiner@3': ['A-TWO', 'C-TWO'],
            'reviewer@4': ['A-TWO', 'B-THREE', 'C-TWO'],
            documenter: ['A-TWO', 'B-THREE', 'C-TWO'],
          },
          promptLacks: {
            'reviewer@3': ['A-ONE', 'B-ONE', 'C-ONE'],
            'reviewer@4': ['A-ONE', 'B-ONE', 'C-ONE'],
            documenter: ['A-ONE', 'B-ONE', 'C-ONE'],
          },
        },
      },
      {
        title: 'the last refinement is used up and the reviewer still asks for changes',
        roles: ['coder', 'reviewer', 'refiner'],
        answers: { reviewer: [issue] },
        right: {
          files: { 'src/a.ts': 'export const a = 2;\n' },
          verdict: 'changes_requested',
          stages: ['coder', 'reviewer', 'refiner', 'reviewer'],
        },
      },
      {
        title: 'a refiner that changes a context file and leaves the others',
        roles: ['coder', 'reviewer', 'refiner'],
        files: { 'src/old.ts': 'old\n', 'src/kept.ts': 'kept\n' },
        answers: { reviewer: [issue, approved], refiner: [file('src/old.ts', 'new')] },
        right: {
          files: { 'src/old.ts': 'new\n', 'src/kept.ts': 'kept\n', 'src/a.ts': 'export const a = 1;\n' },
          verdict: 'approved',
        },
      },
      {
        title: 'a file renamed by name only, in other letters',
        roles: ['coder', 'reviewer', 'refiner'],
        answers: {
          coder: [file('src/Queue.ts', 'Q')],
          reviewer: [issue, approved],
          refiner: [['```delete src/Queue.ts', '```', '', file('src/queue.ts', 'q')]],
        },
        right: { files: { 'src/queue.ts': 'q\n' }, verdict: 'approved' },
      },
      {
        title: 'a refiner that writes nothing but prose twice: the files stay and are judged again',
        roles: ['coder', 'reviewer', 'refiner'],
        answers: { reviewer: [issue], refiner: ['I have updated the queue as requested.'] },
        right: {
          files: { 'src/a.ts': 'export const a = 1;\n' },
          calls: { refiner: 2 },
          isNotApproved: true,
          stages: ['coder', 'reviewer', 'refiner', 'reviewer'],
        },
      },
    ],
  );
});

describe('files that change behind their review', () => {
  testCases(
    () => crew,
    [
      {
        title: 'a tester that mends the code is followed by a reviewer, whose verdict counts',
        roles: ['coder', 'reviewer', 'tester'],
        answers: {
          reviewer: [approved, issue],
          tester: [[file('test/a.test.ts', 'T'), file('src/a.ts', 'export const a = 9;')]],
        },
        right: {
          files: { 'test/a.test.ts': 'T\n', 'src/a.ts': 'export const a = 9;\n' },
          stages: ['coder', 'reviewer', 'tester', 'reviewer'],
          verdict: 'changes_requested',
          promptHas: { 'reviewer@2': ['export const a = 9;'] },
        },
      },
      {
        title: 'a tester that only adds files is not',
        roles: ['coder', 'reviewer', 'tester'],
        answers: {},
        right: { stages: ['coder', 'reviewer', 'tester'], verdict: 'approved' },
      },
      {
        title: 'a tester that writes a reviewed file again as it was changes nothing',
        roles: ['coder', 'reviewer', 'tester'],
        answers: { tester: [[file('src/a.ts', 'export const a = 1;'), file('test/a.test.ts', 'T')]] },
        right: { stages: ['coder', 'reviewer', 'tester'], verdict: 'approved' },
      },
      {
        title: 'a tester that removes a reviewed file',
        roles: ['coder', 'reviewer', 'tester'],
        answers: {
          coder: [[file('src/a.ts', 'A'), file('src/b.ts', 'B')]],
          tester: [['```delete src/b.ts', '```', '', file('test/a.test.ts', 'T')]],
        },
        right: {
          files: { 'src/a.ts': 'A\n', 'test/a.test.ts': 'T\n' },
          stages: ['coder', 'reviewer', 'tester', 'reviewer'],
        },
      },
      {
        title: 'a documenter that changes code beside its README',
        roles: ['coder', 'reviewer', 'documenter'],
        answers: {
          reviewer: [approved, issue],
          documenter: [
            ['~~~markdown README.md', '# Queue', '~~~', '', file('src/a.ts', '/** Documented. */')],
          ],
        },
        right: {
          files: { 'README.md': '# Queue\n', 'src/a.ts': '/** Documented. */\n' },
          stages: ['coder', 'reviewer', 'documenter', 'reviewer'],
          verdict: 'changes_requested',
        },
      },
      {
        title: 'without a reviewer there is no verdict',
        roles: ['coder', 'tester'],
        answers: { tester: [file('src/a.ts', 'changed')] },
        right: { verdict: 'none', stages: ['coder', 'tester'], files: { 'src/a.ts': 'changed\n' } },
      },
      {
        title: 'a coder that only removes has written something to approve',
        roles: ['coder', 'reviewer'],
        files: { 'src/old.ts': 'old\n', 'src/kept.ts': 'kept\n' },
        answers: { coder: [['```delete src/old.ts', '```']] },
        right: { files: { 'src/kept.ts': 'kept\n' }, verdict: 'approved' },
      },
    ],
  );
});

describe('the README', () => {
  testCases(
    () => crew,
    [
      {
        title: 'is the whole text of the documenter, code blocks and all',
        roles: ['coder', 'documenter'],
        answers: {
          documenter: [['# Queue', '', '```sh', 'npm ci', '```', '', '```ts src/example.ts', 'x', '```']],
        },
        right: {
          files: {
            'src/a.ts': 'export const a = 1;\n',
            'README.md': '# Queue\n\n```sh\nnpm ci\n```\n\n```ts src/example.ts\nx\n```\n',
          },
        },
      },
      {
        title: 'stands in a fence of its own in the answer',
        roles: ['coder', 'documenter'],
        answers: {
          documenter: [['```markdown', '# Queue', '', '```sh', 'npm ci', '```', '', 'Done.', '```']],
        },
        right: {
          files: {
            'src/a.ts': 'export const a = 1;\n',
            'README.md': '# Queue\n\n```sh\nnpm ci\n```\n\nDone.\n',
          },
        },
      },
      {
        title: 'stands behind thoughts',
        roles: ['coder', 'documenter'],
        answers: { documenter: ['<think>What do users need? # No.</think>\n\n# Queue\n\nA queue.\n'] },
        right: { files: { 'src/a.ts': 'export const a = 1;\n', 'README.md': '# Queue\n\nA queue.\n' } },
      },
      {
        title: 'of a context file is replaced by a block only',
        roles: ['coder', 'documenter'],
        files: { 'readme.md': '# Old\n' },
        answers: {
          documenter: [['I have described the queue.', '', '~~~markdown readme.md', '# New', '~~~']],
        },
        right: { files: { 'readme.md': '# New\n', 'src/a.ts': 'export const a = 1;\n' } },
      },
      {
        title: 'of a context file stays if the documenter writes prose',
        roles: ['coder', 'documenter'],
        files: { 'README.md': '# Old\n' },
        answers: { documenter: ['# New\n\nAll of it.\n'] },
        right: {
          files: { 'README.md': '# Old\n', 'src/a.ts': 'export const a = 1;\n' },
          status: 'completed',
        },
      },
      {
        title: 'that the coder wrote is not written over by prose',
        roles: ['coder', 'documenter'],
        answers: {
          coder: [['~~~md README.md', '# Coder', '~~~', '', file('src/a.ts', 'A')]],
          documenter: ['# Other\n'],
        },
        right: { files: { 'README.md': '# Coder\n', 'src/a.ts': 'A\n' } },
      },
    ],
  );
});
