import type { ModelCase } from './model-cases.ts';
import { approves, major, written } from './model-reviews.ts';
import { block } from './scene.ts';

/** APIs that models are reached by, each under the name of a provider that speaks it. */
export const sloppyWires = [
  ['chat', 'compatible'],
  ['responses', 'openai'],
  ['messages', 'anthropic'],
] as const satisfies readonly (readonly [string, ModelCase['provider']])[];

const constants = Array.from({ length: 10 }, (_, index) => `export const v${index} = ${index};`).join('\n');
const readme = '# Queue\n\n```sh\nnpm i\n```\n\nThen run it.\n';
const lockedQueue = 'export class Queue {\n  size = 0;\n  locked = false;\n}\n';
const elidedClock = block(
  'src/clock.ts',
  '// ... existing code ...\nexport const v3 = 33;\n// ... rest of the file stays the same',
);
const patchedClock = '<<<<<<< SEARCH\nexport const v1 = 1;\n=======\nexport const v1 = 11;\n>>>>>>> REPLACE';
const blocker = { ...major('It loses an item.'), severity: 'blocker', file: 'src/queue.ts' };

/** What is right at the end of a run of the sloppy crew. */
export const sloppyFiles: Readonly<Record<string, string>> = {
  'README.md': readme,
  'src/clock.ts': `${constants}\n`,
  'src/queue.ts': lockedQueue,
  'src/ring.ts': 'export const ring = 2;\n',
  'test/queue.test.ts': 'ok();\n',
};

/** A crew of all roles, of which each answer but one has faults: those of `sloppyFaults`. */
export function sloppyCrew(provider: ModelCase['provider'] = 'compatible'): ModelCase {
  return {
    provider,
    roles: ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'],
    maxRefinements: 2,
    files: [{ path: 'src/clock.ts', text: `${constants}\n` }],
    answers: {
      architect: [
        {
          tokens: [
            `<think>\nPerhaps one file:\n\n${block('src/draft.ts', 'DRAFT')}</think>\n\n`,
            '# Design\n\nA queue with a limit, ',
          ],
          finish: 'length',
        },
        'and a ring behind it.\n',
      ],
      coder: [
        {
          tokens: [
            `Notes.\n\n\`\`\`md README.md\n${readme}\`\`\`\n\n`,
            `${block('src/old.ts', 'old')}\n\`\`\`sh\nnpm test\n\`\`\`\n\n${block('../secrets.ts', 'key')}\n`,
            '```ts src/queue.ts\nexport class Queue {\n  size = ',
          ],
          finish: 'length',
        },
        '```ts\n0;\n}\n```\n\n```ts src/ring.ts\nexport const ri',
        `${block('src/ring.ts', 'export const ring = 1;')}\n${block('src/clock.ts', patchedClock)}`,
      ],
      reviewer: [
        '```json\n{"issues": [{"severity": "Major", "message": "It has\nno lock.", "file": "src/queue.ts", "line": "2",},], "verdict": "CHANGES_REQUESTED"}\n```\n',
        written([blocker], 'approved'),
        `All is well now:\n\n\`\`\`json\n${approves}\n\`\`\`\n`,
        written([], 'changes_requested'),
        'It looks approved to me.',
      ],
      refiner: [
        `The old file goes.\n\n\`\`\`delete src/old.ts\n\`\`\`\n\n\`\`\`delete src/nowhere.ts\n\`\`\`\n\n${block('src/ring.ts', 'export const ring = 0;')}\n${block('src/ring.ts', 'export const ring = 2;')}\n${block('src/queue.ts:1-1', 'export class Queue {')}\n${elidedClock}`,
        elidedClock,
        'Declined: it loses nothing.\n\n```unchanged\n```\n',
      ],
      tester: [
        { finish: 'tool' },
        `I could begin with a mock.\n</think>\n\n${block('src/queue.ts', lockedQueue.trimEnd())}\n${block('test/queue.test.ts', 'ok();')}`,
      ],
      documenter: [
        { tokens: ['It is there.\n\n~~~markdown README.md\n# The queue\n\nIt holds '], finish: 'length' },
        { tokens: ['a hundred items, '], finish: 'length' },
        { tokens: ['and when it is full '], finish: 'length' },
        { tokens: ['it refuses '], finish: 'length' },
      ],
    },
  };
}
