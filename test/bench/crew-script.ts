/** What nine stages of a crew answer, in order, over a given amount of code: the same every time. */
export interface CrewScript {
  readonly task: string;
  readonly stages: readonly { readonly role: string; readonly answer: string }[];
  /** Characters of all code that the coder writes, without fences and notes. */
  readonly codeChars: number;
}

export interface CrewScriptOptions {
  /** @default 41_000 */
  readonly codeChars?: number;
  /** @default 10 */
  readonly files?: number;
  /** About how long the design is. @default 1500 */
  readonly designChars?: number;
}

/**
 * A run of architect, coder, reviewer, refiner, reviewer, refiner, reviewer, tester and documenter. The refiners return
 * only what they change: two files of the code, then one of those again.
 */
export function createCrewScript(options: CrewScriptOptions = {}): CrewScript {
  const { codeChars = 41_000, files = 10, designChars = 1500 } = options;
  const paths = Array.from(
    { length: files },
    (_, index) => `src/${names[index % names.length]}-${index + 1}.ts`,
  );
  const texts = paths.map((_, index) => moduleText(index, Math.round(codeChars / files)));
  // Defects turn up anywhere; these are spread over the code.
  const first = [Math.floor(files * 0.4), Math.floor(files * 0.7)];
  const second = first.slice(-1);
  const issue = (index: number, message: string) => ({
    severity: 'major',
    message,
    file: paths[index],
    line: 14,
    suggestion: 'Check the value before it is stored, and report the error to the caller.',
  });
  const stages = [
    { role: 'architect', answer: design(paths, designChars) },
    {
      role: 'coder',
      answer: `The clock is passed in, so that nothing depends on the date.\n\n${fileBlocks(paths, texts)}`,
    },
    {
      role: 'reviewer',
      answer: review(
        first.map((index) => issue(index, 'An empty queue name is accepted and lost on restart.')),
      ),
    },
    { role: 'refiner', answer: refinement(first, { paths, texts, round: 1 }) },
    {
      role: 'reviewer',
      answer: review(
        second.map((index) => issue(index, 'The retry is counted twice when the store is slow.')),
      ),
    },
    { role: 'refiner', answer: refinement(second, { paths, texts, round: 2 }) },
    { role: 'reviewer', answer: review([]) },
    {
      role: 'tester',
      answer: `The tests use the in-memory store.\n\n${fileBlocks(['test/queue.test.ts'], [moduleText(99, codeChars / 20)])}`,
    },
    { role: 'documenter', answer: '# Queue\n\nStart it with `npm start`.\n' },
  ];
  return {
    task: 'Build a small job queue with retries, delays and a dead letter list, as a TypeScript library.',
    stages,
    codeChars: texts.reduce((sum, { length }) => sum + length, 0),
  };
}

const names = ['queue', 'store', 'retry', 'delay', 'worker', 'clock', 'errors', 'limits', 'events', 'index'];

function fileBlocks(paths: readonly string[], texts: readonly string[]): string {
  return paths.map((path, index) => `\`\`\`ts ${path}\n${texts[index] ?? ''}\`\`\``).join('\n\n');
}

function refinement(
  changed: readonly number[],
  { paths, texts, round }: { paths: readonly string[]; texts: readonly string[]; round: number },
): string {
  const lines = changed.map((index) => `${paths[index]}: the value is checked before it is stored.`);
  const mended = changed.map((index) =>
    (texts[index] ?? '').replace('return undefined;', `return ${round};`),
  );
  return `${lines.join('\n')}\n\n${fileBlocks(
    changed.map((index) => paths[index] ?? ''),
    mended,
  )}\n`;
}

function review(issues: readonly object[]): string {
  const checked = [
    'Jobs are delivered at least once: worker-5.ts, line 31.',
    'Limits are enforced: limits-8.ts, line 12.',
  ];
  return JSON.stringify({ checked, issues, verdict: issues.length === 0 ? 'approved' : 'changes_requested' });
}

function design(paths: readonly string[], chars: number): string {
  const own = (chars - paths.join('\n').length) / 5 - 30;
  const parts = ['Goal', 'Stack', 'Interfaces', 'Behaviour', 'Checks'].map(
    (title) =>
      `## ${title}\n\n${prose.repeat(Math.ceil(Math.max(1, own) / prose.length)).slice(0, Math.max(1, own))}`,
  );
  return `# Job queue\n\n## Files\n\n\`\`\`files\n${paths.join('\n')}\n\`\`\`\n\n${parts.join('\n\n')}\n`;
}

const prose =
  'A job has a name, a payload and a number of attempts. It waits in the queue until its time has come, is taken by one worker, and is put back if that worker fails. ';

/** TypeScript as people write it: lines of about forty characters, with comments, blank lines and short ones. */
function moduleText(seed: number, chars: number): string {
  const lines: string[] = [`import { StoreError } from './errors-${seed + 1}.ts';`, ''];
  let length = lines.join('\n').length;
  for (let at = 0; length < chars; at += 1) {
    const block = functionText(`${names[(seed + at) % names.length]}${seed}x${at}`, seed * 31 + at);
    lines.push(block);
    length += block.length + 1;
  }
  return `${lines
    .join('\n')
    .slice(0, Math.max(1, Math.floor(chars) - 1))
    .trimEnd()}\n`;
}

function functionText(name: string, seed: number): string {
  return `/** Takes the next ${name} job that is due, or undefined if there is none. @throws StoreError. */
export async function take_${name}(store: Store, nowMs: number): Promise<Job | undefined> {
  const due = await store.find({ status: 'waiting', before: nowMs });
  if (due.length === 0) {
    return undefined;
  }
  // The oldest one first, so that no job waits for ever.
  const [job] = due.toSorted((one, other) => one.dueMs - other.dueMs);
  if (job === undefined || job.attempts >= ${seed % 17}) {
    throw new StoreError('the store has lost a job', { name: '${name}' });
  }
  const taken = { ...job, status: 'running', startedMs: nowMs };
  await store.put(taken);
  return taken;
}
`;
}
