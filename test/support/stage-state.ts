import type { AttemptState, CommandState, RunState, StageState } from '@stagewire/shared';

/** An attempt of a stage; what is left out is as after a lost connection that had shown nothing. */
function attemptState(more: Partial<AttemptState> = {}): AttemptState {
  return {
    attempt: 1,
    status: 'interrupted',
    cause: 'plan',
    model: 'rehearsal',
    text: '',
    reasoning: '',
    keptChars: 0,
    commandIds: [],
    startedAt: '2026-01-01T00:00:00.000Z',
    usage: null,
    skipped: [],
    ...more,
  };
}

/** A stage of these attempts, numbered. What an attempt keeps is put before its text. */
export function stageState(
  attempts: readonly Partial<AttemptState>[],
  more: Partial<StageState> = {},
): StageState {
  const states: AttemptState[] = [];
  for (const [index, given] of attempts.entries()) {
    const kept = states.at(-1)?.text.slice(0, given.keptChars ?? 0) ?? '';
    states.push(attemptState({ ...given, attempt: index + 1, text: kept + (given.text ?? '') }));
  }
  return { stage: 2, role: 'coder', format: 'code', status: 'running', attempts: states, ...more };
}

export function steerState(commandId: string, draft?: 'keep' | 'drop'): CommandState {
  const command = {
    kind: 'steer' as const,
    runId: 'run',
    commandId,
    text: 'Use tabs.',
    mode: 'restart' as const,
    expect: 'any' as const,
    scope: 'stage' as const,
    ...(draft === undefined ? {} : { draft }),
  };
  return {
    commandId,
    kind: 'steer',
    actor: { id: 'local', kind: 'anonymous' },
    status: 'applied',
    at: '2026-01-01T00:00:00.000Z',
    command,
    target: null,
    cursor: 'run:1:1',
  };
}

export function runState(more: Partial<RunState> = {}): RunState {
  return {
    runId: 'run',
    status: 'running',
    task: 'Build a clock.',
    owner: 'local',
    actor: { id: 'local', kind: 'anonymous' },
    labels: {},
    pipeline: { roles: ['coder'], maxRefinements: 1 },
    instructions: {},
    models: { default: 'rehearsal' },
    settings: {},
    limits: { maxAttemptsPerStage: 8, maxDurationMs: 1000 },
    plan: [],
    shares: [],
    stages: [],
    commands: [],
    review: null,
    reviews: [],
    files: [],
    usage: { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' },
    queuedAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    epoch: 1,
    seq: 1,
    cursor: 'run:1:1',
    ...more,
  };
}
