import type { EventBody } from '@stagewire/shared';
import { ProviderFailure, type Provider } from '../providers/provider.ts';
import type { Clock } from '../runtime/clock.ts';
import { startModelCall, type ModelCall } from './model-call.ts';
import { phaseOf, type RunProgress } from './progress.ts';
import { requestFor } from './request-for.ts';

export interface OpenCallOptions {
  /** Who answers for a model. @throws Error whose message says why nobody does. */
  resolveModel(modelRef: string): { readonly provider: Provider; readonly model: string };
  readonly clock: Clock;
  /** How long an abort may take to land, in milliseconds. @default 250 */
  readonly abortGraceMs: number;
  readonly heartbeatMs: number;
  onBody(body: EventBody): void;
}

/**
 * Calls the model of the run's open attempt. A model that this server cannot reach is a call that fails.
 *
 * @throws RangeError if no attempt is open.
 */
export function openCall(progress: RunProgress, options: OpenCallOptions): ModelCall {
  const phase = phaseOf(progress.run);
  if (phase.is !== 'attempt') throw new RangeError(`run ${progress.run.runId} has no open attempt`);
  const { stage, attempt } = phase;
  const { provider, model } = resolve(options, attempt.model);
  return startModelCall({
    ...options,
    stage: stage.stage,
    role: stage.role,
    attempt: attempt.attempt,
    provider,
    request: requestFor(progress, model),
    keptChars: attempt.keptChars,
    notesIssues: stage.format === 'json',
  });
}

function resolve(options: OpenCallOptions, modelRef: string): { provider: Provider; model: string } {
  try {
    return options.resolveModel(modelRef);
  } catch (error) {
    // A run of an earlier start may name a provider that this one has no key for.
    return { provider: unreachable(error), model: modelRef };
  }
}

function unreachable(error: unknown): Provider {
  const message = error instanceof Error ? error.message : String(error);
  return {
    // oxlint-disable-next-line require-yield -- it fails before it could say anything
    async *stream() {
      throw new ProviderFailure('PROVIDER_UNAVAILABLE', message, { retryable: false, cause: error });
    },
  };
}
