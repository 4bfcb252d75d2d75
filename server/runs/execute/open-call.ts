import { noUsage, StagewireError, type EventBody, type FailureCode } from '@stagewire/shared';
import { ProviderFailure, type Provider, type ProviderRequest } from '../../providers/provider.ts';
import type { Clock } from '../../runtime/clock.ts';
import { untilAborted } from '../../runtime/wait.ts';
import type { AttemptPrompts } from '../requests/attempt-prompts.ts';
import { budgetAllowances, type BudgetOptions } from './budget-allowances.ts';
import { budgetedProvider } from './budgeted-provider.ts';
import type { CallMeter } from './call-meter.ts';
import { startModelCall, type ModelCall } from './model-call.ts';
import { phaseOf } from '../decide/phase.ts';
import type { RunProgress } from '../decide/progress.ts';
import type { AttemptRequest } from '../requests/request-for.ts';

export interface OpenCallOptions extends BudgetOptions {
  /** Finds the provider of a model. @throws Error with the reason if there is none. */
  resolveModel(modelRef: string): { readonly provider: Provider; readonly model: string };
  readonly prompts: AttemptPrompts;
  readonly clock: Clock;
  /** How long an abort may take, in milliseconds. @default 250 */
  readonly abortGraceMs: number;
  readonly heartbeatMs: number;
  onOutput(body: EventBody): void;
  /**
   * Called before a request is sent. If it returns true, none is sent, and the call waits until it is aborted: its run is about
   * to be handed over to another node. @default false
   */
  readonly holdsCall?: ((runId: string) => boolean) | undefined;
  /** As for `startModelCall`. @default no backpressure */
  readonly drained?: () => Promise<void> | undefined;
  /** Measures the calls of a model. @default nothing is measured */
  readonly meterOf?: ((modelRef: string) => CallMeter) | undefined;
}

/**
 * Calls the model of the run's open attempt. An unavailable model, a prompt that is too long and an unknown
 * role become calls that fail before a request is sent.
 *
 * @throws RangeError if no attempt is open.
 */
export function openCall(progress: RunProgress, options: OpenCallOptions): ModelCall {
  const phase = phaseOf(progress.run);
  if (phase.is !== 'attempt') throw new RangeError(`run ${progress.run.runId} has no open attempt`);
  const { stage, attempt } = phase;
  const { provider, request } = prepare(progress, attempt.model, options);
  const isHeld = options.holdsCall?.(progress.run.runId) === true;
  return startModelCall({
    ...options,
    stage: stage.stage,
    role: stage.role,
    attempt: attempt.attempt,
    owner: progress.run.owner,
    provider: isHeld
      ? held
      : budgetedProvider(provider, budgetAllowances(progress.run, attempt.model, options)),
    request,
    keptChars: attempt.keptChars,
    notesIssues: stage.format === 'json',
    meter: isHeld ? undefined : options.meterOf?.(attempt.model),
  });
}

function prepare(
  progress: RunProgress,
  modelRef: string,
  { prompts, resolveModel }: OpenCallOptions,
): { provider: Provider; request: ProviderRequest } {
  let built: AttemptRequest;
  try {
    built = prompts.take(progress);
  } catch (error) {
    // A run of another server may have a role that this server does not know.
    if (!(error instanceof StagewireError)) throw error;
    return { provider: failing('INTERNAL', error), request: nothingAsked };
  }
  const { request, tooLong } = built;
  if (tooLong !== undefined) return { provider: failing('CONTEXT_TOO_LONG', new Error(tooLong)), request };
  try {
    const { provider, model } = resolveModel(modelRef);
    return { provider, request: { ...request, model } };
  } catch (error) {
    // A run of an earlier start may name a provider for which this server has no key.
    return { provider: failing('PROVIDER_UNAVAILABLE', error), request };
  }
}

/** Sends nothing and waits for the abort, so nothing is used. */
const held: Provider = {
  // oxlint-disable-next-line require-yield -- it has no output
  async *stream(_request, { signal }) {
    await untilAborted(new Promise<never>(() => undefined), signal);
  },
};

/** Fails before a request is sent, so nothing is used. */
function failing(code: FailureCode, cause: unknown): Provider {
  const message = cause instanceof Error ? cause.message : String(cause);
  return {
    async *stream() {
      yield { type: 'usage', usage: noUsage };
      throw new ProviderFailure(code, message, { retryable: false, cause });
    },
  };
}

const nothingAsked: ProviderRequest = {
  model: '',
  system: '',
  messages: [],
  rehearsal: {
    role: '',
    task: '',
    visit: 0,
    attempt: 0,
    instructions: [],
    keptText: '',
    issues: [],
    runId: '',
  },
};
