import { afterAll, beforeAll, describe } from 'vitest';
import { startCrewServer, testCases, type CrewCase, type CrewServer } from '../support/crew-case.ts';

let crew: CrewServer;
beforeAll(async () => {
  crew = await startCrewServer();
});
afterAll(() => crew[Symbol.asyncDispose]());

const issue = '{"issues":[{"severity":"major","message":"v1 is wrong"}],"verdict":"changes_requested"}';
const approved = '{"issues": [], "verdict": "approved"}';
const crewOfThree = {
  roles: ['coder', 'reviewer', 'refiner'],
  maxRefinements: 1,
} as const;

describe('files that are removed, renamed or left alone', () => {
  const coder = [['```ts src/a.ts', 'A', '```', '', '```ts src/b.ts', 'B', '```']];
  const refined = (
    title: string,
    refiner: CrewCase['answers']['refiner'],
    right: CrewCase['right'],
  ): CrewCase => ({
    title,
    ...crewOfThree,
    answers: { coder, reviewer: [issue, approved], refiner: refiner ?? [] },
    right,
  });
  testCases(
    () => crew,
    [
      refined(
        'removed twice over',
        [['```delete src/a.ts', '```', '', '```delete src/b.ts', '```', '', '```ts src/c.ts', 'C', '```']],
        {
          files: { 'src/c.ts': 'C\n' },
        },
      ),
      refined(
        'removed, and written again further on',
        [['```delete src/a.ts', '```', '', '```ts src/a.ts', 'A2', '```']],
        {
          files: { 'src/a.ts': 'A2\n', 'src/b.ts': 'B\n' },
        },
      ),
      refined(
        'written, and removed further on',
        [['```ts src/a.ts', 'A2', '```', '', '```delete src/a.ts', '```']],
        {
          files: { 'src/b.ts': 'B\n' },
        },
      ),
      refined('removed by a colon and backslashes', [['```delete: src\\b.ts', '```']], {
        files: { 'src/a.ts': 'A\n' },
      }),
      refined(
        'removed though it never was',
        [['```delete src/z.ts', '```', '', '```ts src/a.ts', 'A2', '```']],
        {
          files: { 'src/a.ts': 'A2\n', 'src/b.ts': 'B\n' },
          skipped: ['no_such_file src/z.ts'],
        },
      ),
      refined(
        'two paths in one removal are none',
        [['```delete src/a.ts src/b.ts', '```', '', '```ts src/c.ts', 'C', '```']],
        {
          files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n', 'src/c.ts': 'C\n' },
        },
      ),
      refined(
        '`unchanged` needs no repair',
        [['1. Declined: v1 is as the design says.', '', '```unchanged', '```']],
        {
          files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' },
          calls: { refiner: 1 },
          verdict: 'approved',
        },
      ),
      refined(
        'prose that changes nothing is asked for its files',
        ['Nothing has to be changed.', ['```unchanged', '```']],
        {
          files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' },
          calls: { refiner: 2 },
        },
      ),
      refined(
        'one path twice: the last one counts',
        [['```ts src/a.ts', 'A2', '```', '', 'Better:', '', '```ts src/a.ts', 'A3', '```']],
        {
          files: { 'src/a.ts': 'A3\n', 'src/b.ts': 'B\n' },
          skipped: ['duplicate src/a.ts'],
        },
      ),
      refined('an empty file is a file', [['```text src/.gitkeep', '```']], {
        files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n', 'src/.gitkeep': '' },
      }),
      {
        title: '`unchanged` from a coder who has written nothing is no answer',
        answers: {
          coder: [
            ['```unchanged', '```'],
            ['```ts src/a.ts', 'A', '```'],
          ],
        },
        right: { files: { 'src/a.ts': 'A\n' }, calls: { coder: 2 } },
      },
      {
        title: 'a context file is removed by the coder',
        files: { 'src/old.ts': 'old\n', 'src/kept.ts': 'kept\n' },
        answers: { coder: [['```delete src/old.ts', '```']] },
        right: { files: { 'src/kept.ts': 'kept\n' }, calls: { coder: 1 } },
      },
    ],
  );
});
