import type { EventBody } from '@stagewire/shared';
import type { Append } from '../../server/log/event-log.ts';

/** Writes the events of one run as its owner would, and knows where its log ends. */
export interface RunScript {
  readonly runId: string;
  readonly seq: number;
  /** An append of these, in the epoch the run is in; `run.recovered` at its head opens the next. */
  next(...bodies: readonly EventBody[]): Append;
  /** `run.queued`, `run.started`, `run.planned` and the first `stage.started`. */
  begin(queued?: Partial<Extract<EventBody, { type: 'run.queued' }>>): Append;
  /** The next pieces of text of the open attempt. */
  deltas(...texts: readonly string[]): Append;
  reasoning(...texts: readonly string[]): Append;
  /** The open attempt is cut off and the next begins, with its text kept or not. */
  nextAttempt(options: { keep: boolean }): Append;
  /** The same in a new epoch, as after a restart of the server; the text is kept. */
  recover(): Append;
  complete(): Append;
}

const usage = { inputTokens: 1, outputTokens: 1, reasoningTokens: 0, source: 'final' } as const;
const afresh = { model: 'rehearsal', format: 'code', commandIds: [] as string[] } as const;

export function createRunScript(runId: string, options: { startMs?: number } = {}): RunScript {
  const { startMs = Date.UTC(2026, 0, 1) } = options;
  const ofStage = { stage: 1, role: 'coder', attempt: 1 };
  let seq = 0;
  let epoch = 1;
  let chars = 0;
  let reasoningChars = 0;

  function next(...bodies: readonly EventBody[]): Append {
    if (bodies[0]?.type === 'run.recovered') epoch += 1;
    const expectedSeq = seq;
    const events = bodies.map((body) => {
      seq += 1;
      return { ...body, runId, seq, at: new Date(startMs + seq).toISOString() };
    });
    return { runId, epoch, expectedSeq, events };
  }

  function startAgain(cause: 'steer' | 'resume', keep: boolean): EventBody {
    ofStage.attempt += 1;
    chars = keep ? chars : 0;
    reasoningChars = 0;
    return { type: 'stage.started', ...ofStage, ...afresh, cause, keptChars: chars };
  }

  return {
    runId,
    get seq() {
      return seq;
    },
    next,
    begin: (queued = {}) =>
      next(
        queuedBody(queued),
        { type: 'run.started' },
        { type: 'run.planned', roles: ['coder'], cause: 'start' },
        {
          type: 'stage.started',
          ...ofStage,
          ...afresh,
          cause: 'plan',
          keptChars: 0,
        },
      ),
    deltas: (...texts) =>
      next(
        ...texts.map((text): EventBody => {
          chars += text.length;
          return { type: 'stage.delta', ...ofStage, offset: chars - text.length, text };
        }),
      ),
    reasoning: (...texts) =>
      next(
        ...texts.map((text): EventBody => {
          reasoningChars += text.length;
          return { type: 'stage.reasoning', ...ofStage, offset: reasoningChars - text.length, text };
        }),
      ),
    nextAttempt({ keep }) {
      const interrupted = {
        type: 'stage.interrupted',
        ...ofStage,
        cause: 'steer',
        commandIds: [],
        chars,
        usage,
      } as EventBody;
      return next(interrupted, startAgain('steer', keep));
    },
    recover() {
      const { stage, attempt } = ofStage;
      const interrupted = {
        type: 'stage.interrupted',
        ...ofStage,
        cause: 'crash',
        commandIds: [],
        chars,
        usage,
      } as EventBody;
      const recovered = { type: 'run.recovered', reason: 'restart', cutOff: { stage, attempt } } as const;
      return next(recovered, interrupted, startAgain('resume', true));
    },
    complete: () =>
      next(
        { type: 'stage.completed', ...ofStage, chars, finishReason: 'stop', usage, ttftMs: 1, durationMs: 2 },
        { type: 'run.completed', verdict: 'none', usage, durationMs: 3 },
      ),
  };
}

/** The body of a `run.queued`, with what a test cares about. */
export function queuedBody(
  more: Partial<Extract<EventBody, { type: 'run.queued' }>> = {},
): Extract<EventBody, { type: 'run.queued' }> {
  return {
    type: 'run.queued',
    task: 'say hello',
    owner: 'local',
    actor: { id: 'local', kind: 'anonymous' },
    pipeline: { roles: ['coder'], maxRefinements: 0 },
    instructions: {},
    models: {},
    limits: { maxAttemptsPerStage: 8, maxDurationMs: 60_000 },
    labels: {},
    digest: 'd',
    ...more,
  };
}

/** A run id that sorts by its number. */
export function runIdOf(number: number): string {
  return `run_${String(number).padStart(8, '0')}`;
}
