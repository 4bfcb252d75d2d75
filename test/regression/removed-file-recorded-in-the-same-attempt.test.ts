import { afterAll, beforeAll, describe } from 'vitest';
import { startCrewServer, testCases, type CrewServer } from '../support/crew-case.ts';

let crew: CrewServer;
beforeAll(async () => {
  crew = await startCrewServer();
});
afterAll(() => crew[Symbol.asyncDispose]());

// Found by the laws of a run: the elided text was recorded for the attempt that had removed the path (T5).
describe('a text that removes a file and then gives it with parts left out', () => {
  testCases(
    () => crew,
    [
      {
        title: 'and a repair without it: the file stays removed',
        roles: ['coder'],
        files: { 'src/a.ts': 'export {};\n' },
        answers: {
          coder: [
            [
              '```ts src/b.ts',
              'export const b = 1;',
              '```',
              '```delete src/a.ts',
              '```',
              '```ts src/a.ts',
              '// ... rest of the file stays the same',
              '```',
            ],
            'There is nothing else.',
          ],
        },
        right: {
          files: { 'src/b.ts': ['export const b = 1;'] },
          skipped: ['elided src/a.ts'],
          calls: { coder: 2 },
        },
      },
    ],
  );
});
