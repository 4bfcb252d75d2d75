import type { RunEvent, RunState, SkipReason } from '@stagewire/client';
import type { Paint } from '../../cli/terminal/paint.ts';
import { createRunRenderer } from '../../cli/render/render-run.ts';
import { fold } from '../../shared/fold.ts';

export const plain: Paint = (_style, text) => text;
export const tagged: Paint = (style, text) => `<${style}>${text}</>`;

export const runId = 'run_0000000001';
const actor = { id: 'local', kind: 'anonymous' } as const;
export const usage = { inputTokens: 1200, outputTokens: 345, reasoningTokens: 5, source: 'final' } as const;
const steerId = '00000000-0000-4000-8000-000000000001';
const cancelId = '00000000-0000-4000-8000-000000000002';

export type Body = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, 'runId' | 'seq' | 'at'>
    : never
  : never;

/** Events with a place in a run's log, a second apart. */
export function events(...bodies: Body[]): RunEvent[] {
  return bodies.map((body, index) => {
    const at = `2026-01-01T00:00:${String(index).padStart(2, '0')}.000Z`;
    return { ...body, runId, seq: index + 1, at };
  });
}

export function rendered(all: readonly RunEvent[], options: { paint?: Paint; raw?: boolean } = {}): string {
  const renderer = createRunRenderer({ paint: plain, ...options });
  return all.map((event) => renderer.render(event).text).join('');
}

export const queued: Body = {
  type: 'run.queued',
  task: 'a small\nclock',
  owner: 'local',
  actor,
  pipeline: { roles: ['coder', 'reviewer', 'refiner'], maxRefinements: 1 },
  instructions: {},
  models: { default: 'rehearsal', coder: 'rehearsal/seed=1' },
  limits: { maxAttemptsPerStage: 8, maxDurationMs: 1000 },
  labels: { team: 'blue' },
  digest: 'd',
};
export const at = (stage: number, role: string, attempt = 1) => ({ stage, role, attempt });
export const started = (
  place: ReturnType<typeof at>,
  more: Partial<Extract<Body, { type: 'stage.started' }>> = {},
): Body => ({
  type: 'stage.started',
  ...place,
  model: 'rehearsal',
  format: 'code',
  cause: 'plan',
  commandIds: [],
  keptChars: 0,
  ...more,
});
export const said = (place: ReturnType<typeof at>, text: string, offset = 0): Body => ({
  type: 'stage.delta',
  ...place,
  offset,
  text,
});
export const completed = (place: ReturnType<typeof at>): Body => ({
  type: 'stage.completed',
  ...place,
  chars: 1234,
  finishReason: 'stop',
  usage,
  ttftMs: 22,
  durationMs: 4100,
});

export const steered = events(
  queued,
  { type: 'run.started' },
  { type: 'run.planned', roles: ['coder', 'reviewer'], cause: 'start' },
  started(at(1, 'coder')),
  { type: 'stage.reasoning', ...at(1, 'coder'), offset: 0, text: 'Think\nfi' },
  { type: 'stage.reasoning', ...at(1, 'coder'), offset: 8, text: 'rst' },
  said(at(1, 'coder'), 'Hel'),
  said(at(1, 'coder'), 'lo', 3),
  {
    type: 'command.accepted',
    commandId: steerId,
    actor,
    command: {
      kind: 'steer',
      runId,
      commandId: steerId,
      text: 'use a map',
      mode: 'continue',
      expect: 'any',
      scope: 'stage',
    },
    target: at(1, 'coder'),
  },
  { type: 'stage.interrupted', ...at(1, 'coder'), cause: 'steer', commandIds: [steerId], chars: 5, usage },
  started(at(1, 'coder', 2), { cause: 'steer', commandIds: [steerId], keptChars: 5 }),
  { type: 'command.applied', commandId: steerId, stage: 1, attempt: 2 },
  said(at(1, 'coder', 2), ' there\n', 5),
  {
    type: 'stage.failed',
    ...at(1, 'coder', 2),
    failure: { code: 'PROVIDER_UNAVAILABLE', message: 'It is overloaded.', retryable: true },
    chars: 12,
    usage,
    retryInMs: 2000,
  },
  started(at(1, 'coder', 3), { cause: 'retry', keptChars: 5 }),
  {
    type: 'artifact.recorded',
    ...at(1, 'coder', 3),
    path: 'src/clock.ts',
    language: 'ts',
    parts: [{ offset: 0, chars: 1185 }],
  },
  completed(at(1, 'coder', 3)),
  started(at(2, 'reviewer'), { format: 'json' }),
  said(at(2, 'reviewer'), '{"issues":[…]'),
  {
    type: 'review.noted',
    ...at(2, 'reviewer'),
    issue: {
      severity: 'major',
      message: 'It is slow.',
      file: 'src/clock.ts',
      line: 3,
      suggestion: 'Be quick.',
    },
  },
  {
    type: 'review.recorded',
    ...at(2, 'reviewer'),
    verdict: 'changes_requested',
    issues: [{ severity: 'major', message: 'It is slow.' }],
  },
  completed(at(2, 'reviewer')),
  { type: 'run.planned', roles: ['refiner', 'reviewer'], cause: 'review' },
  started(at(3, 'refiner'), { cause: 'review' }),
  {
    type: 'command.accepted',
    commandId: cancelId,
    actor: { ...actor, name: 'Ann' },
    command: { kind: 'cancel', runId, commandId: cancelId, target: 'run', reason: 'enough' },
    target: at(3, 'refiner'),
  },
  { type: 'stage.cancelled', ...at(3, 'refiner'), commandId: cancelId, chars: 0, usage },
  { type: 'command.applied', commandId: cancelId, stage: 3, attempt: 1 },
  { type: 'run.cancelled', commandId: cancelId, actor, reason: 'enough' },
);

const skipped = (place: ReturnType<typeof at>, reason: SkipReason, path?: string): Body => ({
  type: 'artifact.skipped',
  ...place,
  reason,
  ...(path !== undefined && { path }),
  offset: 0,
  chars: 120,
});

/** A run whose models write as real ones do: cut off, with blocks that are no files, asked again. */
export const sloppy = events(
  {
    ...queued,
    settings: { default: { effort: 'low' }, coder: { effort: 'high', maxOutputTokens: 9000 } },
  },
  started(at(1, 'coder')),
  said(at(1, 'coder'), 'Half a'),
  { type: 'stage.interrupted', ...at(1, 'coder'), cause: 'length', commandIds: [], chars: 6, usage },
  started(at(1, 'coder', 2), { cause: 'continue', keptChars: 6 }),
  said(at(1, 'coder', 2), ' word\n', 6),
  {
    type: 'artifact.recorded',
    ...at(1, 'coder', 2),
    path: 'a.ts',
    language: 'ts',
    parts: [
      { offset: 0, chars: 6 },
      { offset: 6, chars: 5 },
    ],
  },
  skipped(at(1, 'coder', 2), 'no_path'),
  { type: 'artifact.removed', ...at(1, 'coder', 2), path: 'old.ts', offset: 0, chars: 3 },
  skipped(at(1, 'coder', 2), 'open', 'b.ts'),
  ...['c.ts', 'd.ts', 'e.ts', 'f.ts', 'g.ts'].map((path) => skipped(at(1, 'coder', 2), 'elided', path)),
  {
    type: 'stage.failed',
    ...at(1, 'coder', 2),
    failure: {
      code: 'OUTPUT_INVALID',
      message: 'b.ts was left open.',
      retryable: true,
      reason: 'file_open',
    },
    chars: 12,
    usage,
    retryInMs: 0,
  },
  started(at(1, 'coder', 3), { cause: 'repair' }),
  {
    type: 'artifact.recorded',
    ...at(1, 'coder', 3),
    path: 'b.ts',
    language: 'ts',
    parts: [{ offset: 0, chars: 1 }],
    elided: true,
  },
  skipped(at(1, 'coder', 3), 'elided', 'c.ts'),
  { ...completed(at(1, 'coder', 3)), finishReason: 'length' } as Body,
  started(at(2, 'reviewer'), { format: 'json' }),
  {
    type: 'review.recorded',
    ...at(2, 'reviewer'),
    verdict: 'unknown',
    issues: [],
    problems: ['One.', 'Two.', 'Three.', 'Four.', 'Five.'],
  },
  { ...completed(at(2, 'reviewer')), usage: { ...usage, cachedInputTokens: 600 } } as Body,
  { type: 'run.completed', verdict: 'unknown', usage, durationMs: 1 },
);

export const stateAfter = (all: readonly RunEvent[]) =>
  all.reduce<RunState | undefined>((state, event) => fold(state, event), undefined) as RunState;
