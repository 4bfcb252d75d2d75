import { StagewireError, type EventBody } from '@stagewire/shared';
import { phaseOf } from '../decide/phase.ts';
import { evolve, type RunProgress } from '../decide/progress.ts';
import { promptHash } from './prompt-hash.ts';
import { requestFor, type AttemptRequest } from './request-for.ts';

export interface AttemptPromptsOptions {
  /** The known limits of a model; `undefined` if none are known. @default none are known */
  limitsOf?(modelRef: string): { readonly contextTokens?: number } | undefined;
}

/** Builds the prompt of each attempt of a run once: for its hash, then for its call. */
export interface AttemptPrompts {
  /**
   * Adds `promptHash` and `contextTokens` to the `stage.started` in `bodies`, if there is one. A role that this
   * server does not know has no prompt, so its attempt gets neither.
   */
  sign(progress: RunProgress, bodies: readonly EventBody[]): readonly EventBody[];
  /**
   * The request of the open attempt; its `model` is the full reference.
   *
   * @throws as `requestFor`.
   */
  take(progress: RunProgress): AttemptRequest;
}

export function createAttemptPrompts({ limitsOf }: AttemptPromptsOptions): AttemptPrompts {
  let built:
    { readonly stage: number; readonly attempt: number; readonly request: AttemptRequest } | undefined;

  return {
    sign(progress, bodies) {
      const index = bodies.findIndex(({ type }) => type === 'stage.started');
      const started = bodies[index];
      if (started?.type !== 'stage.started') return bodies;
      const { stage, attempt, model } = started;
      const contextTokens = limitsOf?.(model)?.contextTokens;
      const windowed = contextTokens === undefined ? started : { ...started, contextTokens };
      const request = orUndefined(() =>
        requestFor(after(progress, [...bodies.slice(0, index), windowed]), model),
      );
      if (request === undefined) return bodies;
      built = { stage, attempt, request };
      return bodies.with(index, { ...windowed, promptHash: promptHash(request.request) });
    },

    take(progress) {
      const phase = phaseOf(progress.run);
      const ready = built;
      // It is as long as all files together, and the call holds it from now on.
      built = undefined;
      if (
        phase.is === 'attempt' &&
        ready?.stage === phase.stage.stage &&
        ready.attempt === phase.attempt.attempt
      ) {
        return ready.request;
      }
      return requestFor(progress, phase.is === 'attempt' ? phase.attempt.model : '');
    },
  };
}

/** The run after these events, apart from their timestamps, which no prompt contains. */
function after(progress: RunProgress, bodies: readonly EventBody[]): RunProgress {
  const { runId, updatedAt: at, seq } = progress.run;
  return bodies.reduce(
    (run, body, index) => evolve(run, { ...body, runId, seq: seq + index + 1, at }),
    progress,
  );
}

function orUndefined<Result>(attempt: () => Result): Result | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof StagewireError && error.code === 'ATTEMPT_NOT_FOUND') return undefined;
    throw error;
  }
}
