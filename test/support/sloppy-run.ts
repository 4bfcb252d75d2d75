import { noUsage, type EventBody, type RunPrompt } from '@stagewire/shared';
import { queuedBody } from './run-script.ts';

/**
 * A run of a model that does all that models do wrong: a file that is left open, a block without a name, a cut text, a
 * file that leaves parts out, a review that cannot be read. A context file is changed, and a written one removed.
 */
export function sloppyRun(): SloppyRun {
  const bodies: EventBody[] = [
    queuedBody({
      task: 'A queue in TypeScript',
      pipeline: { roles: ['architect', 'coder', 'reviewer', 'refiner', 'documenter'], maxRefinements: 2 },
      settings: { coder: { effort: 'low', maxOutputTokens: 4000 } },
    }),
    { type: 'input.recorded', path: 'notes/limits.md', text: '# Limits\n\n100 a minute\n' },
    { type: 'input.recorded', path: 'src/queue.ts', text: givenQueue },
    { type: 'run.started' },
    { type: 'run.planned', roles: ['architect', 'coder', 'reviewer', 'documenter'], cause: 'start' },
  ];
  const play = (stage: number, role: string, attempt: number) => {
    const at = { stage, role, attempt };
    return {
      start: (more: Partial<Extract<EventBody, { type: 'stage.started' }>> = {}) =>
        bodies.push({
          type: 'stage.started',
          ...at,
          model: 'anthropic/claude-small',
          format: role === 'reviewer' ? 'json' : role === 'coder' || role === 'refiner' ? 'code' : 'markdown',
          cause: 'plan',
          commandIds: [],
          keptChars: 0,
          ...more,
        }),
      say: (text: string, offset = 0) => bodies.push({ type: 'stage.delta', ...at, offset, text }),
      write: (text: string, path: string, more: { readonly elided?: true } = {}) =>
        bodies.push({
          type: 'artifact.recorded',
          ...at,
          path,
          language: 'ts',
          parts: [blockIn(text, path)],
          ...more,
        }),
      remove: (text: string, path: string) =>
        bodies.push({ type: 'artifact.removed', ...at, path, ...blockIn(text, path) }),
      skip: (block: Omit<Extract<EventBody, { type: 'artifact.skipped' }>, 'type' | keyof typeof at>) =>
        bodies.push({ type: 'artifact.skipped', ...at, ...block }),
      review: (review: Omit<Extract<EventBody, { type: 'review.recorded' }>, 'type' | keyof typeof at>) =>
        bodies.push({ type: 'review.recorded', ...at, ...review }),
      note: (issue: Extract<EventBody, { type: 'review.noted' }>['issue']) =>
        bodies.push({ type: 'review.noted', ...at, issue }),
      complete: (finishReason: 'stop' | 'length' = 'stop') =>
        bodies.push({
          type: 'stage.completed',
          ...at,
          chars: 100,
          finishReason,
          usage: { ...usage, cachedInputTokens: stage > 1 ? 800 : 0 },
          ttftMs: 400,
          durationMs: 4100,
        }),
      fail: (message: string, reason: 'file_open' | 'review_unreadable') =>
        bodies.push({
          type: 'stage.failed',
          ...at,
          failure: { code: 'OUTPUT_INVALID', message, retryable: true, reason },
          chars: 100,
          usage,
          retryInMs: 0,
        }),
      cut: () =>
        bodies.push({
          type: 'stage.interrupted',
          ...at,
          cause: 'length',
          commandIds: [],
          chars: 20,
          usage,
        }),
    };
  };

  const architect = play(1, 'architect', 1);
  architect.start();
  architect.say('# Design\n\nA queue with a limit, ');
  architect.cut();
  const goesOn = play(1, 'architect', 2);
  goesOn.start({ cause: 'continue', keptChars: 32 });
  goesOn.say('and a ring behind it.\n', 32);
  goesOn.complete();

  const coder = play(2, 'coder', 1);
  coder.start();
  coder.say(openText);
  coder.write(openText, 'src/old-list.ts');
  coder.skip({
    reason: 'open',
    path: 'src/queue.ts',
    offset: openText.indexOf('```ts src/queue'),
    chars: 30,
  });
  coder.skip({ reason: 'open', path: 'src/ring.ts', offset: openText.indexOf('```ts src/ring'), chars: 30 });
  coder.fail('Two files were left open.', 'file_open');
  const repaired = play(2, 'coder', 2);
  repaired.start({ cause: 'repair' });
  repaired.say(codeText);
  repaired.write(codeText, 'src/queue.ts');
  repaired.write(codeText, 'src/ring.ts');
  repaired.skip({ reason: 'no_path', offset: codeText.indexOf('```sh'), chars: 24 });
  repaired.complete();

  const reviewer = play(3, 'reviewer', 1);
  reviewer.start();
  reviewer.say('{"issues":[{"severity":"major"…');
  reviewer.note({ severity: 'major', message: 'It never ends.', file: 'src/queue.ts', line: 3 });
  reviewer.review({
    verdict: 'changes_requested',
    issues: [
      { severity: 'major', message: 'It never ends.', file: 'src/queue.ts', line: 3, suggestion: 'End it.' },
      { severity: 'minor', message: 'Nobody uses it.', file: 'src/old-list.ts', line: 1 },
      { severity: 'nit', message: 'No such file.', file: 'src/nowhere.ts', line: 1 },
    ],
    problems: ['The severity "Major" was read as major.'],
  });
  reviewer.complete();
  bodies.push({ type: 'run.planned', roles: ['refiner', 'reviewer', 'documenter'], cause: 'review' });

  const refiner = play(4, 'refiner', 1);
  refiner.start({ cause: 'review' });
  refiner.say(refinedText);
  refiner.remove(refinedText, 'src/old-list.ts');
  refiner.write(refinedText, 'src/queue.ts', { elided: true });
  for (const [index, reason] of (['elided', 'diff', 'excerpt', 'no_such_file'] as const).entries())
    refiner.skip({ reason, path: `src/skipped-${index}.ts`, offset: index, chars: 1 });
  refiner.complete();

  const again = play(5, 'reviewer', 1);
  again.start({ cause: 'review' });
  again.say('The code looks good to me.');
  again.fail('The review could not be read.', 'review_unreadable');
  const unread = play(5, 'reviewer', 2);
  unread.start({ cause: 'repair' });
  unread.say('{"issues":[],"verdict":"approved", and all is well');
  unread.review({ verdict: 'unknown', issues: [], problems: ['It is not JSON: cut off behind "approved".'] });
  unread.complete();

  const documenter = play(6, 'documenter', 1);
  documenter.start();
  documenter.say('# The queue\n\nIt holds up to a hundred items, and when it is full it');
  documenter.complete('length');
  const ending: readonly EventBody[] = [
    { type: 'run.completed', verdict: 'unknown', usage: noUsage, durationMs: 60_000 },
  ];
  return { bodies, ending, prompts };
}

export interface SloppyRun {
  /** Up to the end of its last stage. */
  readonly bodies: readonly EventBody[];
  readonly ending: readonly EventBody[];
  readonly prompts: readonly RunPrompt[];
}

const usage = { inputTokens: 1200, outputTokens: 345, reasoningTokens: 0, source: 'final' } as const;

const givenQueue = 'export const queue = [];\n';
const writtenQueue = `export const queue: number[] = [];
export function drain(): void {
  for (;;) queue.pop();
}
`;
const refinedQueue = `export const queue: number[] = [];
export function drain(): void {
  while (queue.length > 0) queue.pop();
}
// ... the rest stays the same
`;
const openText = `\`\`\`ts src/old-list.ts\nexport const list = [];\n\`\`\`\n\n\`\`\`ts src/queue.ts\nexport const a\n`;
const codeText = `Three parts:\n\n\`\`\`ts src/queue.ts\n${writtenQueue}\`\`\`\n\n\`\`\`ts src/ring.ts\nexport const ring = 1;\n\`\`\`\n\nRun it:\n\n\`\`\`sh\nnpm install && npm test\n\`\`\`\n`;
const refinedText = `The list goes:\n\n\`\`\`delete src/old-list.ts\n\`\`\`\n\nThe loop ends now:\n\n\`\`\`ts src/queue.ts\n${refinedQueue}\`\`\`\n\n\`\`\`unchanged\n\`\`\`\n`;

const prompts: readonly RunPrompt[] = [
  prompt({
    stage: 2,
    attempt: 1,
    exact: true,
    user: '# Task\n\nA queue in TypeScript\n\n# Design\n\nA ring.\n',
  }),
  prompt({
    stage: 2,
    attempt: 2,
    exact: false,
    user: '# Task\n\nA queue in TypeScript\n\n# Design\n\nA ring.\n\n# Left open\n\nsrc/queue.ts\n',
  }),
];

function prompt({
  stage,
  attempt,
  exact,
  user,
}: {
  readonly stage: number;
  readonly attempt: number;
  readonly exact: boolean;
  readonly user: string;
}): RunPrompt {
  return {
    stage,
    role: 'coder',
    attempt,
    model: 'anthropic/claude-small',
    system: 'You are one of a crew of engineers.',
    messages: [{ role: 'user', text: user }],
    exact,
  };
}

/** Where the content of the block of this path stands in a text. */
function blockIn(text: string, path: string): { readonly offset: number; readonly chars: number } {
  const offset = text.indexOf('\n', text.indexOf(path)) + 1;
  return { offset, chars: text.indexOf('```', offset) - offset };
}
