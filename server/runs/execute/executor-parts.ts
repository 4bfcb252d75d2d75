import { isDelta, noUsage, type EventBody, type TransientBody, type Usage } from '@stagewire/shared';
import { createSerialQueue, type SerialQueue } from '../../runtime/serial-queue.ts';
import { phaseOf, type Phase } from '../decide/phase.ts';
import type { RunProgress } from '../decide/progress.ts';
import type { Outcome } from '../decide/run-input.ts';
import { createAttemptPrompts } from '../requests/attempt-prompts.ts';

import { backoffLeft, timeLeft, waitingInBackoff } from './backoff.ts';
import { outcomeOf } from './call-outcome.ts';
import type { ExecutorHooks } from './create-executor.ts';
import { cutOffUsage } from './cut-off-usage.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { createGrowthLimit } from './growth-limit.ts';
import type { CallResult, ModelCall } from './model-call.ts';
import { openCall } from './open-call.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { createWriteBuffer, type WriteBuffer } from './write-buffer.ts';

/** What an executor works with, beside the phase that it is in. */
export interface ExecutorParts {
  /** The run as it stands in the log, and the only way to append to it. */
  readonly recorder: Recorder;
  /** Decisions and appends, one at a time. */
  readonly tasks: SerialQueue;
  /** Output that no append has taken yet. */
  readonly buffer: WriteBuffer;
  /** As much of the output as the limits of the run allow; `undefined` if nothing. */
  allowed(body: EventBody): EventBody | undefined;
  /** Looks now and then whether the run's part of the log is within its limit. */
  checkLog(): Promise<void>;
  /** Output whose append failed does not count. */
  recount(): void;
  /** Adds the hash of its prompt to an attempt that begins. */
  sign(bodies: readonly EventBody[]): readonly EventBody[];
  /** Calls the model of the open attempt. */
  openCall(onOutput: (body: EventBody) => void): ModelCall;
  outcomeOf(result: CallResult): Outcome;
  /** What the open attempt has used so far: as the call knows it if it is the attempt's, else an estimate from the log. */
  usageOf(call: ModelCall | undefined): Usage;
  backoffLeftMs(phase: Backoff): number;
  /** Of the run's `maxDurationMs`. */
  timeLeftMs(startedAt: string): number;
  waitingInBackoff(phase: Backoff): TransientBody;
}

type Backoff = Extract<Phase, { is: 'backoff' }>;

/** Where not even an estimate can be made. */
export const unknownUsage: Usage = { ...noUsage, source: 'estimated' };

export function createExecutorParts(
  progress: RunProgress,
  options: ExecutorOptions &
    ExecutorHooks & {
      /** Called when the run has reached a limit, with the sentence of the failure. */
      onReached(message: string): void;
    },
): ExecutorParts {
  const { log, clock } = options;
  const { runId } = progress.run;
  const recorder = createRecorder({ runId, log, clock, progress });
  const prompts = createAttemptPrompts(options);
  const growth = createGrowthLimit(progress.run, options);
  const buffer = createWriteBuffer(options);
  return {
    recorder,
    tasks: createSerialQueue(),
    buffer,
    allowed: (body) => (isDelta(body) ? growth.take(body) : body),
    checkLog: () => growth.checkLog(log, runId),
    recount: () => growth.recount(recorder.progress.run),
    sign: (bodies) => prompts.sign(recorder.progress, bodies),
    openCall: (onOutput) => openCall(recorder.progress, { ...options, prompts, onOutput, room: buffer.room }),
    outcomeOf: (result) => outcomeOf(result, recorder.progress.run, options),
    backoffLeftMs: ({ attempt }) => backoffLeft(recorder.progress.run, attempt, clock.now()),
    timeLeftMs: (startedAt) => timeLeft(startedAt, progress.run.limits.maxDurationMs, clock.now()),
    waitingInBackoff: (phase) => waitingInBackoff(recorder.progress.run, phase, clock.now()),
    usageOf(call) {
      const at = phaseOf(recorder.progress.run);
      // After an outage the log may have the end of its attempt, and another one be open.
      const isOpen =
        at.is === 'attempt' && at.stage.stage === call?.stage && at.attempt.attempt === call.attempt;
      return isOpen && call !== undefined ? call.usage() : cutOffUsage(recorder.progress);
    },
  };
}
