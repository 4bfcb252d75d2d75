import {
  isDelta,
  noUsage,
  StagewireError,
  type Actor,
  type Command,
  type EventBody,
} from '@stagewire/shared';
import type { Failure, Receipt, RunState, Usage } from '@stagewire/shared';
import { LogConflict, LogUnavailable, type EventLog } from '../log/event-log.ts';
import type { Chance } from '../runtime/chance.ts';
import type { Logger } from '../runtime/logger.ts';
import { createAttemptPrompts, type AttemptPromptsOptions } from './attempt-prompts.ts';
import { cutOffUsage } from './cut-off-usage.ts';
import { backoffLeft, waitingInBackoff } from './backoff.ts';
import { outcomeOf } from './call-outcome.ts';
import { bytesOfCommand, createGrowthLimit, type GrowthLimitOptions } from './growth-limit.ts';
import { decide } from './decide.ts';
import { decideCommand, storedReceipt } from './decide-command.ts';
import type { Happening } from './happening.ts';
import type { LogWatch } from './log-watch.ts';
import { createMailbox } from './mailbox.ts';
import type { ModelCall } from './model-call.ts';
import { createNamedTimers } from './named-timers.ts';
import { openCall, type OpenCallOptions } from './open-call.ts';
import { pendingCommands, phaseOf, type RunProgress } from './progress.ts';
import { createRecorder } from './recorder.ts';
import type { RetryDelayOptions } from './retry-delay.ts';
import { rule } from './ruling.ts';
import type { Waiting } from './runs.ts';
import { timeLeft } from './time-left.ts';
import { createUnwritten, type UnwrittenOptions } from './unwritten.ts';

export interface RunOwnerOptions
  extends
    RetryDelayOptions,
    UnwrittenOptions,
    AttemptPromptsOptions,
    Omit<GrowthLimitOptions, 'onReached'>,
    Omit<OpenCallOptions, 'onBody' | 'prompts'> {
  readonly log: EventLog;
  readonly chance: Chance;
  readonly logger: Logger;
  readonly logWatch: LogWatch;
  /** Commands of one run that may wait for their outcome. @default 64 */
  readonly maxPendingCommands: number;
  /** Told once, when this owner will write no more: the run has ended, or somebody else owns it. */
  onEnd(): void;
}

/** Drives one run: the only one who decides, calls models, and writes for it. */
export interface RunOwner {
  readonly run: RunState;
  readonly progress: RunProgress;
  begin(): void;
  /** Takes the run up again in a new epoch. */
  recover(reason: 'restart' | 'takeover'): void;
  command(command: Command, actor: Actor): Promise<Receipt>;
  waiting(): Waiting | undefined;
  /** Aborts the model call and writes what it has said; the run stays live in the log. */
  stop(): Promise<void>;
}

type Mode = 'active' | 'log-down' | 'stopped';

export function createRunOwner(progress: RunProgress, options: RunOwnerOptions): RunOwner {
  const { log, clock, logger } = options;
  const { runId } = progress.run;
  const recorder = createRecorder({ runId, log, clock, progress });
  const mailbox = createMailbox();
  const unwritten = createUnwritten(options);
  const prompts = createAttemptPrompts(options);
  const growth = createGrowthLimit(progress.run, {
    ...options,
    onReached(message) {
      // The model is stopped at once; what it had said up to the limit is written first.
      call?.abort();
      reachLimit(message);
    },
  });
  const timers = createNamedTimers<'retry' | 'expiry'>(clock);
  let mode: Mode = 'active';
  let call: ModelCall | undefined;
  let writing = false;
  let begun = false;
  let logDownSinceMs = 0;
  let forgetLog = () => {};

  const run = () => recorder.progress.run;

  /** Writes what the model has said since the last append. */
  async function write(): Promise<void> {
    writing = false;
    if (unwritten.isEmpty || mode !== 'active') return;
    await recorder.record(unwritten.take());
    await growth.checkLog(log, runId);
  }

  function hear(body: EventBody): void {
    const allowed = isDelta(body) ? growth.take(body) : body;
    if (allowed === undefined) return;
    unwritten.add(allowed);
    if (writing) return;
    writing = true;
    post(write);
  }

  /** Decides what follows, writes it as one append, and brings timers and the model call in line. */
  async function happen(happening: Happening): Promise<void> {
    if (mode !== 'active') return;
    await write();
    const bodies = decide(recorder.progress, happening, clock.now());
    if (bodies.length === 0) return;
    await recorder.record(prompts.sign(recorder.progress, bodies));
    follow();
  }

  /** A command that came before the beginning is settled first. */
  async function begin(): Promise<void> {
    begun = true;
    const mayBegin = () => mode === 'active' && run().status === 'queued';
    while (mayBegin()) await happen({ type: 'begin' });
  }

  /** What the state asks for: a model call, a timer, an abort, or the end. */
  function follow(): void {
    const state = run();
    const phase = phaseOf(state);
    if (phase.is === 'ended') return end();
    armExpiry(state);
    const acts = rule(pendingCommands(state)).by !== 'nothing';
    if (phase.is === 'attempt') {
      timers.stop('retry');
      if (call?.stage !== phase.stage.stage || call.attempt !== phase.attempt.attempt) openModelCall();
      if (acts) call?.abort();
      return;
    }
    call = undefined;
    if (acts && (phase.is === 'backoff' || rule(pendingCommands(state)).by !== 'steer')) {
      post(() => happen({ type: 'settle' }));
    }
    if (phase.is === 'backoff' && !timers.has('retry')) {
      timers.start('retry', backoffLeft(state, phase.attempt, clock.now()), () =>
        post(() => happen({ type: 'retry' })),
      );
    }
  }

  function openModelCall(): void {
    const opened = openCall(recorder.progress, { ...options, prompts, onBody: hear });
    call = opened;
    void opened.landed.then((result) => {
      post(async () => {
        // A call that a later decision has left behind has nothing more to say.
        if (call !== opened) return;
        await happen({ type: 'ended', outcome: outcomeOf(result, run(), options) });
      });
    });
  }

  function armExpiry(state: RunState): void {
    if (state.startedAt === undefined || timers.has('expiry')) return;
    timers.start('expiry', timeLeft(state.startedAt, state.limits.maxDurationMs, clock.now()), () => {
      const { maxDurationMs } = state.limits;
      reachLimit(`the run has taken longer than ${maxDurationMs} ms (maxDurationMs)`);
    });
  }

  function reachLimit(message: string): void {
    post(() => breakOff({ code: 'LIMIT_REACHED', message, retryable: false }));
  }

  async function breakOff(failure: Failure, usage?: Usage): Promise<void> {
    call?.abort();
    await call?.landed;
    const used = usage ?? call?.usage() ?? cutOffUsage(recorder.progress);
    await happen({ type: 'broken', failure, usage: used });
  }

  /** Ends the run after a defect; should what the call has used be that defect, without it. */
  async function failRun(failure: Failure): Promise<void> {
    for (const usage of [undefined, { ...noUsage, source: 'estimated' as const }]) {
      try {
        return await breakOff(failure, usage);
      } catch (error) {
        if (error instanceof LogConflict || error instanceof LogUnavailable) throw error;
        logger.error({ runId, error }, 'the failure of this run could not be recorded either');
      }
    }
    end();
  }

  /** Every task of the mailbox goes through here, so that no failure is left without an answer. */
  function post(task: () => Promise<void>): void {
    void mailbox.post(task).catch(cannotWrite);
  }

  function cannotWrite(error: unknown): void {
    if (mode === 'stopped') return;
    if (error instanceof LogConflict) {
      logger.warn({ runId }, 'another owner has taken the run over; this one stops');
      return end();
    }
    if (error instanceof LogUnavailable) return awaitLog();
    logger.error({ runId, error }, 'an append of this run is bad; the run fails');
    call?.abort();
    unwritten.take();
    const message = 'the server could not record an event';
    post(() => failRun({ code: 'INTERNAL', message, retryable: false }));
  }

  /** Commits fail: nothing may be said that is not written, so the model is stopped until they work again. */
  function awaitLog(): void {
    if (mode === 'log-down') return;
    mode = 'log-down';
    logDownSinceMs = clock.now();
    release();
    forgetLog = options.logWatch.wait(() => {
      mode = 'active';
      post(() => {
        const usage = call?.usage() ?? cutOffUsage(recorder.progress);
        call = undefined;
        growth.recount(run());
        return recover('log', usage);
      });
    });
  }

  async function recover(reason: 'restart' | 'takeover' | 'log', usage: Usage): Promise<void> {
    await happen({ type: 'recover', reason, usage });
    if (begun) await begin();
  }

  /** Lets go of the model call and the timers; the call is kept for its usage. */
  function release(): void {
    call?.abort();
    unwritten.take();
    forgetLog();
    timers.stopAll();
  }

  function end(): void {
    if (mode === 'stopped') return;
    mode = 'stopped';
    release();
    options.onEnd();
  }

  async function accept(command: Command, actor: Actor): Promise<Receipt> {
    const stored = storedReceipt(run(), command);
    if (stored !== undefined) return stored;
    if (mode === 'log-down') throw new StagewireError('LOG_UNAVAILABLE', logDown);
    const accepted = decideCommand(run(), command, {
      actor,
      maxPendingCommands: options.maxPendingCommands,
    });
    if (mode === 'stopped')
      throw new StagewireError('DRAINING', 'the server is about to stop; send it again');
    const bytes = bytesOfCommand(command);
    if (!options.holdGrowth(bytes)) throw new StagewireError('OVERLOADED', noRoom);
    try {
      await recorder.record([...unwritten.take(), accepted]);
    } catch (error) {
      options.holdGrowth(-bytes);
      cannotWrite(error);
      if (error instanceof LogUnavailable || error instanceof LogConflict) {
        throw new StagewireError('LOG_UNAVAILABLE', logDown, { cause: error });
      }
      throw error;
    }
    follow();
    const receipt = storedReceipt(run(), command);
    if (receipt === undefined) throw new Error(`command ${command.commandId} is not in the fold of its run`);
    return receipt;
  }

  return {
    get run() {
      return run();
    },
    get progress() {
      return recorder.progress;
    },
    begin: () => post(begin),
    recover: (reason) => post(() => recover(reason, cutOffUsage(recorder.progress))),
    command: (command, actor) => mailbox.post(() => accept(command, actor)),
    waiting() {
      const nowMs = clock.now();
      if (mode === 'log-down') {
        return { type: 'run.waiting', phase: 'log', elapsedMs: nowMs - logDownSinceMs };
      }
      const phase = phaseOf(run());
      if (phase.is === 'attempt') return call?.waiting();
      return phase.is === 'backoff' ? waitingInBackoff(run(), phase, nowMs) : undefined;
    },
    async stop() {
      let last: ModelCall | undefined;
      post(write);
      await mailbox.idle();
      post(async () => {
        // First the abort, then what was said meanwhile: between the two words would be lost. The call is let go of,
        // since that it ended so is no news of the run.
        last = call;
        call = undefined;
        last?.abort();
        await write();
      });
      await mailbox.idle();
      if (mode !== 'stopped') {
        mode = 'stopped';
        release();
      }
      await Promise.all([last?.landed, call?.landed]);
    },
  };
}

const noRoom = 'the server has no memory for this command just now; send it again';
const logDown = 'the event log cannot be written at the moment; the command was not accepted, send it again';
