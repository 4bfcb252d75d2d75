import type { Actor, EventBody, Failure, Receipt, RunCommand, RunState, Usage } from '@stagewire/shared';
import { LogConflict, LogUnavailable } from '../../log/event-log.ts';
import { decide } from '../decide/decide.ts';
import { pendingCommands, phaseOf, type AttemptPhase } from '../decide/phase.ts';
import type { RunProgress } from '../decide/progress.ts';
import { interrupts } from '../decide/resolve-commands.ts';
import type { Outcome, RecoveryReason, RunInput } from '../decide/run-input.ts';
import { acceptCommand } from './accept-command.ts';
import type { CreateExecutor, ExecutorHooks, RunExecutor } from './create-executor.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { createExecutorParts, unknownUsage } from './executor-parts.ts';
import { callOf, closePhase, type ExecutorPhase } from './executor-phase.ts';
import type { ModelCall } from './model-call.ts';

type LogDown = Extract<ExecutorPhase, { is: 'log-down' }>;

export function createExecutorFactory(options: ExecutorOptions): CreateExecutor {
  return (progress, hooks) => createExecutor(progress, { ...options, ...hooks });
}

function createExecutor(progress: RunProgress, options: ExecutorOptions & ExecutorHooks): RunExecutor {
  const { clock, logger } = options;
  const { runId } = progress.run;
  const parts = createExecutorParts(progress, {
    ...options,
    onLimitReached(message) {
      // The model call is aborted at once; its output up to the limit is appended first.
      callOf(phase)?.abort();
      reachLimit(message);
    },
  });
  const { recorder, tasks, buffer } = parts;
  /** The open resources. The state of the run is `phaseOf(run())`; `reconcile` adapts this to it. */
  let phase: ExecutorPhase = { is: 'idle' };
  let hasBegun = false;
  /** The timer of `maxDurationMs`, which all attempts of the run share. */
  let stopExpiry: (() => void) | undefined;

  const run = () => recorder.progress.run;
  const canWrite = () => phase.is !== 'log-down' && phase.is !== 'stopped';

  function enter(next: ExecutorPhase): void {
    closePhase(phase);
    phase = next;
    if (canWrite()) return;
    buffer.clear();
    stopExpiry?.();
    stopExpiry = undefined;
  }

  /** Every task is posted here, so that every failure is handled. */
  function post(task: () => Promise<void>): void {
    void tasks.post(task).catch(onTaskFailed);
  }

  async function flush(): Promise<void> {
    if (buffer.isEmpty || !canWrite()) return;
    await recorder.record(buffer.take());
    await parts.checkLog();
  }

  function onOutput(body: EventBody): void {
    const allowed = parts.allowed(body);
    if (allowed === undefined) return;
    const isFirst = buffer.isEmpty;
    buffer.add(allowed);
    if (isFirst) parts.schedule(() => post(flush));
  }

  /** Decides what follows, appends it atomically, and acts on it. */
  async function dispatch(input: RunInput): Promise<void> {
    if (!canWrite()) return;
    await flush();
    const bodies = decide(recorder.progress, input, clock.now());
    if (bodies.length === 0) return;
    await recorder.record(parts.sign(bodies));
    reconcile();
  }

  /** Adapts the phase to the run: a model call, a timer, an abort, or the end. */
  function reconcile(): void {
    const at = phaseOf(run());
    if (at.is === 'ended') return end();
    startExpiry(run());
    const isInterrupted = interrupts(pendingCommands(run()));
    switch (at.is) {
      case 'queued':
        if (isInterrupted) post(() => dispatch({ type: 'resolve' }));
        return;
      case 'attempt': {
        const call = callFor(at);
        if (isInterrupted) call.abort('command');
        return;
      }
      case 'backoff':
        if (isInterrupted) post(() => dispatch({ type: 'resolve' }));
        if (phase.is === 'backoff') return;
        return enter({
          is: 'backoff',
          stopTimer: clock.after(parts.remainingBackoffMs(at), () => post(() => dispatch({ type: 'retry' }))),
        });
      default:
        at satisfies never;
    }
  }

  /** The call of the open attempt; opens it if the attempt is new. */
  function callFor({ stage, attempt }: AttemptPhase): ModelCall {
    const present = phase.is === 'attempt' ? phase.call : undefined;
    if (present?.stage === stage.stage && present.attempt === attempt.attempt) return present;
    const call = parts.openCall(onOutput);
    enter({ is: 'attempt', call });
    const onDone = (outcomeOf: () => Outcome) =>
      post(async () => {
        // A call that a later decision has abandoned has no further effect.
        if (callOf(phase) !== call) return;
        await dispatch({ type: 'call-ended', outcome: outcomeOf() });
      });
    call.done.then(
      (result) => onDone(() => parts.outcomeOf(result)),
      (error: unknown) =>
        onDone(() => {
          throw error;
        }),
    );
    return call;
  }

  /** Commands that were accepted earlier are applied first. The run may have ended before it was read. */
  async function begin(): Promise<void> {
    hasBegun = true;
    const mayBegin = () => canWrite() && run().status === 'queued';
    while (mayBegin()) await dispatch({ type: 'begin' });
    if (phaseOf(run()).is === 'ended') end();
  }

  async function recover(reason: RecoveryReason, usage: Usage): Promise<void> {
    await dispatch({ type: 'recover', reason, usage });
    if (hasBegun) await begin();
  }

  function startExpiry({ startedAt, limits: { maxDurationMs } }: RunState): void {
    if (startedAt === undefined || stopExpiry !== undefined) return;
    stopExpiry = clock.after(parts.remainingDurationMs(startedAt), () => {
      stopExpiry = undefined;
      reachLimit(`the run has taken longer than ${maxDurationMs} ms (maxDurationMs)`);
    });
  }

  function reachLimit(message: string): void {
    post(() => failRun({ code: 'LIMIT_REACHED', message, retryable: false }));
  }

  async function failRun(failure: Failure, usage?: Usage): Promise<void> {
    const call = callOf(phase);
    call?.abort();
    await call?.done.catch(() => undefined);
    await dispatch({ type: 'fail', failure, usage: usage ?? parts.usageOf(call) });
  }

  /** Ends the run after a defect; without the usage of the call if that is the defect. */
  async function failAfterDefect(failure: Failure): Promise<void> {
    for (const usage of [undefined, unknownUsage]) {
      try {
        return await failRun(failure, usage);
      } catch (error) {
        if (error instanceof LogConflict || error instanceof LogUnavailable) throw error;
        logger.error({ runId, error }, 'the failure of this run could not be appended either');
      }
    }
    end();
  }

  function onTaskFailed(error: unknown): void {
    if (phase.is === 'stopped') return;
    if (error instanceof LogConflict) {
      logger.warn({ runId }, 'another executor has taken the run over; this one stops');
      return end();
    }
    if (error instanceof LogUnavailable) return awaitLog();
    logger.error({ runId, error }, 'an event of this run is invalid; the run fails');
    callOf(phase)?.abort();
    buffer.clear();
    const message = 'the server could not record an event';
    post(() => failAfterDefect({ code: 'INTERNAL', message, retryable: false }));
  }

  /** @param outage The present one, if the log only seemed to have recovered. @default a new one */
  function awaitLog(outage?: LogDown): void {
    if (phase.is === 'stopped' || (phase.is === 'log-down' && outage === undefined)) return;
    const { sinceMs, call } = outage ?? { sinceMs: clock.now(), call: callOf(phase) };
    const stopWaiting = options.logWatch.onAvailable(() => post(recoverLog));
    enter({ is: 'log-down', sinceMs, call, stopWaiting });
  }

  async function recoverLog(): Promise<void> {
    if (phase.is !== 'log-down') return;
    const outage = phase;
    try {
      // The outage lasts until the content of the log is known: before that nothing may be decided or reported.
      await recorder.settle();
      if (phaseOf(run()).is === 'ended') return end();
      const usage = parts.usageOf(outage.call);
      parts.recount();
      enter({ is: 'idle' });
      await dispatch({ type: 'recover', reason: 'log', usage });
    } catch (error) {
      if (error instanceof LogUnavailable) return awaitLog(outage);
      // Nothing waits for the log any more, and in this phase the failure could not be recorded.
      if (phase === outage) enter({ is: 'idle' });
      throw error;
    }
    if (hasBegun) await begin();
  }

  function end(): void {
    if (phase.is === 'stopped') return;
    enter({ is: 'stopped' });
    options.onEnd();
  }

  const accept = (command: RunCommand, actor: Actor): Promise<Receipt> =>
    acceptCommand(command, { ...options, actor, recorder, phase, record: recordCommand });

  /** Output that came before the command is appended before it. */
  async function recordCommand(accepted: EventBody): Promise<void> {
    try {
      await recorder.record([...buffer.take(), accepted]);
    } catch (error) {
      onTaskFailed(error);
      throw error;
    }
    reconcile();
  }

  return {
    get run() {
      return run();
    },
    get progress() {
      return recorder.progress;
    },
    begin: () => post(begin),
    recover: (reason) => post(() => recover(reason, parts.usageOf(undefined))),
    command: (command, actor) => tasks.post(() => accept(command, actor)),
    heartbeat() {
      if (phase.is === 'log-down') {
        return { type: 'run.waiting', phase: 'log', elapsedMs: clock.now() - phase.sinceMs };
      }
      if (phase.is === 'attempt') return phase.call.heartbeat();
      const at = phaseOf(run());
      return at.is === 'backoff' ? parts.backoffHeartbeat(at) : undefined;
    },
    async stop() {
      let last: ModelCall | undefined;
      post(flush);
      await tasks.idle();
      post(async () => {
        // Only now: tasks that were posted in the meantime may have opened another call.
        last = callOf(phase);
        // Abort before flush: output that came between the two would be lost.
        last?.abort();
        await flush();
        enter({ is: 'stopped' });
      });
      await tasks.idle();
      enter({ is: 'stopped' });
      await last?.done.catch(() => undefined);
    },
  };
}
