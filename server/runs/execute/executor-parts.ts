import { isDelta, noUsage, type EventBody, type TransientBody, type Usage } from '@stagewire/shared';
import { createSerialQueue, type SerialQueue } from '../../runtime/serial-queue.ts';
import { phaseOf, type Phase } from '../decide/phase.ts';
import type { RunProgress } from '../decide/progress.ts';
import type { Outcome } from '../decide/run-input.ts';
import { createAttemptPrompts } from '../requests/attempt-prompts.ts';

import { addCosts } from './add-costs.ts';
import { remainingBackoffMs, remainingMs, backoffHeartbeat } from './backoff.ts';
import { outcomeOf } from './call-outcome.ts';
import type { ExecutorHooks } from './create-executor.ts';
import { interruptedUsage } from './interrupted-usage.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { createGrowthLimit } from './growth-limit.ts';
import type { CallResult, ModelCall } from './model-call.ts';
import { createOutputPace } from './output-pace.ts';
import { openCall } from './open-call.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { createWriteBuffer, type WriteBuffer } from './write-buffer.ts';

/** The components of an executor, apart from its phase. */
export interface ExecutorParts {
  /** The run as the log has it, and the only way to append to it. */
  readonly recorder: Recorder;
  /** Decisions and appends, one at a time. */
  readonly tasks: SerialQueue;
  /** Output that is not appended yet. */
  readonly buffer: WriteBuffer;
  /** Calls `flush` when the buffered output is due: now, unless the log is slow. */
  schedule(flush: () => void): void;
  /** The output clipped to the limits of the run; `undefined` if nothing is left. */
  allowed(body: EventBody): EventBody | undefined;
  /** Periodically checks the run's size in the log against its limit. */
  checkLog(): Promise<void>;
  /** Uncounts output whose append failed. */
  recount(): void;
  /** Adds the hash of its prompt to an attempt that starts, its cost to one that ends, and the total to the end of the run. */
  sign(bodies: readonly EventBody[]): readonly EventBody[];
  /** Calls the model of the open attempt. */
  openCall(onOutput: (body: EventBody) => void): ModelCall;
  outcomeOf(result: CallResult): Outcome;
  /** The usage of the open attempt: from `call` if it is of this attempt, otherwise estimated from the log. */
  usageOf(call: ModelCall | undefined): Usage;
  remainingBackoffMs(phase: Backoff): number;
  /** Of the run's `maxDurationMs`. */
  remainingDurationMs(startedAt: string): number;
  backoffHeartbeat(phase: Backoff): TransientBody;
}

type Backoff = Extract<Phase, { is: 'backoff' }>;

/** For when no estimate can be made. */
export const unknownUsage: Usage = { ...noUsage, source: 'estimated' };

export function createExecutorParts(
  progress: RunProgress,
  options: ExecutorOptions &
    ExecutorHooks & {
      /** Called when the run has reached a limit, with the message of the failure. */
      onLimitReached(message: string): void;
    },
): ExecutorParts {
  const { log, clock } = options;
  const { runId } = progress.run;
  const appends = createRecorder({ ...options, runId, progress });
  const prompts = createAttemptPrompts(options);
  const growth = createGrowthLimit(progress.run, options);
  const buffer = createWriteBuffer(options);
  const pace = createOutputPace(options);
  const recorder: Recorder = {
    get progress() {
      return appends.progress;
    },
    async record(bodies) {
      try {
        await appends.record(bodies);
      } finally {
        pace.appended();
        buffer.settle();
      }
    },
    settle: () => appends.settle(),
  };
  return {
    recorder,
    tasks: createSerialQueue(),
    buffer,
    schedule: (flush) => pace.schedule(flush),
    allowed: (body) => (isDelta(body) ? growth.clip(body) : body),
    checkLog: () => growth.checkLog(log, runId),
    recount: () => growth.recount(recorder.progress.run),
    sign(bodies) {
      const { progress: before } = recorder;
      return prompts.sign(before, addCosts(before.run, bodies, options));
    },
    openCall: (onOutput) =>
      openCall(recorder.progress, { ...options, prompts, onOutput, drained: buffer.drained }),
    outcomeOf: (result) => outcomeOf(result, recorder.progress.run, options),
    remainingBackoffMs: ({ attempt }) => remainingBackoffMs(recorder.progress.run, attempt, clock.now()),
    remainingDurationMs: (startedAt) =>
      remainingMs(startedAt, progress.run.limits.maxDurationMs, clock.now()),
    backoffHeartbeat: (phase) => backoffHeartbeat(recorder.progress.run, phase, clock.now()),
    usageOf(call) {
      const at = phaseOf(recorder.progress.run);
      // After an outage the log may contain the end of its attempt, and another one may be open.
      const isOpen =
        at.is === 'attempt' && at.stage.stage === call?.stage && at.attempt.attempt === call.attempt;
      return isOpen && call !== undefined ? call.usage() : interruptedUsage(recorder.progress);
    },
  };
}
