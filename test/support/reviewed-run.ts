import { noUsage, type EventBody } from '@stagewire/shared';
import { queuedBody } from './run-script.ts';

const usage = { inputTokens: 1000, outputTokens: 100, reasoningTokens: 0, source: 'final' } as const;
const firstQueue = 'export const queue = [];\nexport const size = () => 0;\n';
const secondQueue = 'export const queue: number[] = [];\nexport const size = () => 0;\n';
const thirdQueue =
  '// Bounded.\nexport const queue: number[] = [];\nexport const size = () => queue.length;\n';
const partialReview =
  '{"issues":[{"severity":"major","message":"The size is wrong.","file":"src/queue.ts","line":2},{"sever';

/** The issues of the last review; more than the result shows at once. */
const lastIssues = [
  { severity: 'major', message: 'The queue has no limit.', file: 'src/queue.ts', line: 3 },
  { severity: 'minor', message: 'No tests.' },
  ...Array.from({ length: 5 }, (_, index) => ({
    severity: 'nit' as const,
    message: `Name ${index + 1} is unclear.`,
    file: 'src/queue.ts',
    line: 1,
  })),
] as const;

export interface ReviewedRunOptions {
  /** The first and the third version of the file. */
  readonly first?: string;
  readonly third?: string;
}

/**
 * A run whose file has three versions and whose first review is cut off by a redirect. The last review requests changes
 * that nobody makes, and the documenter writes a README afterwards.
 */
export function reviewedRun({ first = firstQueue, third = thirdQueue }: ReviewedRunOptions = {}): {
  readonly bodies: readonly EventBody[];
  readonly ending: readonly EventBody[];
} {
  const coder = { stage: 1, role: 'coder', attempt: 1 };
  const reviewer = { stage: 2, role: 'reviewer', attempt: 1 };
  const refiner = { stage: 3, role: 'refiner', attempt: 1 };
  const second = { stage: 3, role: 'refiner', attempt: 2 };
  const last = { stage: 4, role: 'reviewer', attempt: 1 };
  const documenter = { stage: 5, role: 'documenter', attempt: 1 };
  const completed = (at: typeof coder): EventBody => ({
    type: 'stage.completed',
    ...at,
    chars: 100,
    finishReason: 'stop',
    usage,
    ttftMs: 100,
    durationMs: 2100,
  });
  const bodies: EventBody[] = [
    queuedBody({
      task: 'A bounded queue',
      pipeline: { roles: ['coder', 'reviewer', 'refiner', 'documenter'], maxRefinements: 1 },
    }),
    { type: 'run.started' },
    { type: 'run.planned', roles: ['coder', 'reviewer', 'documenter'], cause: 'start' },
    ...written(coder, 'src/queue.ts', first),
    completed(coder),
    started(reviewer, 'json'),
    { type: 'stage.delta', ...reviewer, offset: 0, text: partialReview },
    {
      type: 'review.noted',
      ...reviewer,
      issue: { severity: 'major', message: 'The size is wrong.', file: 'src/queue.ts', line: 2 },
    },
    { type: 'stage.interrupted', ...reviewer, cause: 'redirect', commandIds: [], chars: 90, usage },
    ...written(refiner, 'src/queue.ts', secondQueue),
    {
      type: 'stage.failed',
      ...refiner,
      failure: { code: 'PROVIDER_UNAVAILABLE', message: 'The provider failed.', retryable: true },
      chars: 100,
      usage,
      retryInMs: 0,
    },
    ...written(second, 'src/queue.ts', third),
    completed(second),
    started(last, 'json'),
    { type: 'stage.delta', ...last, offset: 0, text: '{}' },
    { type: 'review.recorded', ...last, verdict: 'changes_requested', issues: [...lastIssues] },
    completed(last),
    ...written(documenter, 'README.md', '# Queue\n'),
    completed(documenter),
  ];
  const ending: EventBody[] = [
    { type: 'run.completed', verdict: 'changes_requested', usage: noUsage, durationMs: 60_000 },
  ];
  return { bodies, ending };
}

function started(at: { stage: number; role: string; attempt: number }, format: 'code' | 'json'): EventBody {
  return {
    type: 'stage.started',
    ...at,
    model: 'anthropic/claude-small',
    format,
    cause: at.attempt === 1 ? 'plan' : 'retry',
    commandIds: [],
    keptChars: 0,
  };
}

/** An attempt up to its end: it writes one file. */
function written(
  at: { stage: number; role: string; attempt: number },
  path: string,
  content: string,
): EventBody[] {
  const text = `\`\`\`ts ${path}\n${content}\`\`\`\n`;
  const part = { offset: text.indexOf('\n') + 1, chars: content.length };
  return [
    started(at, 'code'),
    { type: 'stage.delta', ...at, offset: 0, text },
    { type: 'artifact.recorded', ...at, path, language: 'ts', parts: [part] },
  ];
}
