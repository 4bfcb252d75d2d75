import { StagewireClientError } from './transport/client-error.ts';
import type { Call, CallOptions } from './transport/call.ts';
import { createEventStream } from './streams/event-stream.ts';
import type { EventStream } from './streams/event-stream.ts';
import type { CancelChoices, CommandChoices, RedirectChoices, SteerChoices } from './command-choices.ts';
import type {
  CancelInput,
  CommandApplied,
  CommandDropped,
  DropReason,
  Expect,
  Receipt,
  Role,
  RunEvent,
  RunFile,
  RunPrompt,
  RunState,
} from './generated/contract.ts';
import { randomCommandId } from './random-id.ts';
import type { SubscriptionTransport } from './streams/resume.ts';
import { runEvents, runWaiting } from './streams/run-events.ts';
import { createFollowedRun } from './streams/followed-run.ts';
import type { FollowedRun } from './streams/followed-run.ts';
import { expectOf, targetOf } from './streams/run-state.ts';

/** Which events of a run are read. */
export interface EventsOptions {
  /** Begin behind this cursor. @default the run's first event */
  readonly from?: string | undefined;
  /** Which events are sent; without `reasoning` no `stage.reasoning`. @default everything */
  readonly include?: { readonly reasoning?: boolean } | undefined;
  /** Ends the stream with the signal's reason as an error. */
  readonly signal?: AbortSignal | undefined;
}

/** What every command may be given. */
export interface CommandOptions extends CallOptions, CommandChoices {
  /**
   * What must be current for the command to be accepted, else it is refused with STAGE_MISMATCH.
   *
   * @default `{ stage }`, the stage this handle has seen as current, while it follows the run; `'any'` if it does
   * not follow or the run is queued. The attempt is left out: retries, repairs and one's own steers change it.
   */
  readonly expect?: Expect | undefined;
}

/** What a steer may be given. */
export interface SteerOptions extends CommandOptions, SteerChoices {}

/** What a redirect may be given. */
export interface RedirectOptions extends CommandOptions, RedirectChoices {}

/** What a cancel may be given. */
export interface CancelOptions extends CommandOptions, CancelChoices {}

/** What became of an accepted command. */
export type CommandOutcome =
  | {
      /** In the prompt of that attempt (steer), or done (redirect, cancel). */
      readonly status: 'applied';
      /** The stage whose prompt has it, or that it ended; `null` if the run was still queued. */
      readonly stage: number | null;
      /** The attempt whose prompt has it, or that it ended; `null` if the run was still queued. */
      readonly attempt: number | null;
    }
  | {
      /** It will never act. */
      readonly status: 'dropped';
      /** Why it will not. */
      readonly reason: DropReason;
      /** The text of the command, for use elsewhere; absent if it has none. */
      readonly text?: string;
    };

/** Which files of a run are asked for. */
export interface FilesOptions extends CallOptions {
  /** Only the file of this path. @default all files */
  readonly path?: string;
  /** As they were at the end of this attempt. @default as they are now */
  readonly at?: AttemptPlace;
}

/** Names an attempt of a run. */
export interface AttemptPlace {
  /** Ordinal of the stage in the run, from 1. */
  readonly stage: number;
  /** Ordinal of the attempt in its stage, from 1. */
  readonly attempt: number;
}

/** A command that the server has accepted: durable, not yet done. */
export interface AcceptedCommand {
  /** Where it stands in the log of the run, and which attempt it was accepted for. */
  readonly receipt: Receipt;
  /**
   * Settles when the run's events tell what became of it, also after a lost socket, a restart of the server or the
   * end of the run. The run is followed until then. It may be ignored: a rejection nobody looks at stays silent.
   */
  readonly outcome: Promise<CommandOutcome>;
}

/**
 * One run. Its events, state, result and outcomes share one subscription, which is there while any of them is in
 * use. Keep the handle: another one for the same run has a subscription of its own.
 */
export interface Run {
  /** The run's id. */
  readonly id: string;
  /** What has been seen of the run so far; `undefined` before anything follows it. `snapshot` asks the server. */
  readonly state: RunState | undefined;
  /**
   * The run's events from the first to the terminal one, each once, also over lost sockets and restarts; then the
   * loop ends. With `from` or `include` they come over a subscription of their own.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, CURSOR_INVALID, UNAUTHENTICATED, FORBIDDEN, PROTOCOL_MISMATCH.
   * @throws StagewireClientError CLOSED after `close()`.
   */
  events(options?: EventsOptions): EventStream<RunEvent>;
  /** The state after the terminal event; follows the run until then. @throws as `events` does. */
  result(options?: CallOptions): Promise<RunState>;
  /**
   * The state as the server has it now.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE.
   * @throws StagewireClientError UNREACHABLE if no answer came in time.
   */
  snapshot(options?: CallOptions): Promise<RunState>;
  /**
   * The files of the run with their texts, as they are now or as they were at the end of an attempt.
   *
   * @throws StagewireError ATTEMPT_NOT_FOUND if that attempt is not there or has not ended; and as `snapshot` does.
   */
  files(options?: FilesOptions): Promise<RunFile[]>;
  /**
   * What the model of an attempt was asked, of a running one too.
   *
   * @throws StagewireError ATTEMPT_NOT_FOUND if the run has no such attempt; and as `snapshot` does.
   */
  prompt(at: AttemptPlace, options?: CallOptions): Promise<RunPrompt>;
  /**
   * Gives the model an instruction. Resolves when it is accepted and durable.
   *
   * @throws StagewireError STAGE_MISMATCH, RUN_ENDED, ILLEGAL_TARGET, LIMIT_REACHED and others of the error table.
   * @throws StagewireClientError OUTCOME_UNKNOWN if no answer came in time; the same `commandId` is safe to use again.
   */
  steer(text: string, options?: SteerOptions): Promise<AcceptedCommand>;
  /** Ends the current stage and goes to another role. @throws as `steer` does. */
  redirect(to: Role, options?: RedirectOptions): Promise<AcceptedCommand>;
  /** Ends the run, or its current stage only. @throws as `steer` does. */
  cancel(options?: CancelOptions): Promise<AcceptedCommand>;
}

export function createRun(
  runId: string,
  { call, source }: { call: Call; source: SubscriptionTransport },
): Run {
  const subscription = createFollowedRun(source, runId);
  const accepted = (receipt: Receipt): AcceptedCommand => {
    const outcome = outcomeOf(subscription, receipt.commandId);
    // Who sent the command need not care what becomes of it.
    outcome.catch(() => {});
    return { receipt, outcome };
  };

  return {
    id: runId,
    get state() {
      return subscription.state;
    },
    events({ from, include, signal } = {}) {
      if (from !== undefined || include !== undefined) {
        return runEvents(source, { runId, lastEventId: from, include }, signal);
      }
      return createEventStream<RunEvent>({
        // Without a bound: the follow that all share keeps the whole run anyway.
        ...runWaiting,
        signal,
        open: (sink) =>
          subscription.join(
            { onEvent: (event, cursor) => sink.push(event, cursor), onEnd: (error) => sink.end(error) },
            { replay: true },
          ),
      });
    },
    result: ({ signal } = {}) => resultOf(subscription, signal),
    snapshot: (options) => call('runs.get', { runId }, options),
    files: ({ path, at, ...options } = {}) =>
      call(
        'runs.files',
        { runId, ...(path !== undefined && { path }), ...(at !== undefined && { at }) },
        options,
      ),
    prompt: ({ stage, attempt }, options) => call('runs.prompt', { runId, stage, attempt }, options),
    async steer(text, options = {}) {
      const {
        mode,
        scope,
        draft,
        expect = seenBy(subscription),
        commandId = randomCommandId(),
        signal,
      } = options;
      const input = { runId, commandId, text, mode, scope, draft, expect };
      return accepted(await call('runs.steer', input, { signal }));
    },
    async redirect(to, { text, expect = seenBy(subscription), commandId = randomCommandId(), signal } = {}) {
      return accepted(await call('runs.redirect', { runId, commandId, to, text, expect }, { signal }));
    },
    async cancel({ target = 'run', reason, expect, commandId = randomCommandId(), signal } = {}) {
      // Whoever ends the run means it in every stage.
      const meant = target === 'run' ? expect : (expect ?? seenBy(subscription));
      const input = { runId, commandId, target, reason, expect: meant } as CancelInput;
      return accepted(await call('runs.cancel', input, { signal }));
    },
  };
}

/** The stage a person looking at this handle sees; `'any'` if what it has seen may be out of date. */
function seenBy({ isSubscribed: following, state }: FollowedRun): Expect {
  return following ? expectOf(targetOf(state), state) : 'any';
}

function outcomeOf(subscription: FollowedRun, commandId: string): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    const known = subscription.outcomeOf(commandId);
    if (known !== undefined) return resolve(outcomeIn(known));
    let leave = () => {};
    let settled = false;
    leave = subscription.join({
      onEvent(event) {
        if (event.type !== 'command.applied' && event.type !== 'command.dropped') return;
        if (event.commandId !== commandId) return;
        settled = true;
        leave();
        resolve(outcomeIn(event));
      },
      onEnd(error) {
        if (!settled) reject(error ?? withoutOutcome(commandId));
      },
    });
    if (settled) leave();
  });
}

function outcomeIn(event: CommandApplied | CommandDropped): CommandOutcome {
  if (event.type === 'command.applied') {
    return { status: 'applied', stage: event.stage, attempt: event.attempt };
  }
  const { reason, text } = event;
  return { status: 'dropped', reason, ...(text !== undefined && { text }) };
}

function withoutOutcome(commandId: string): StagewireClientError {
  const message = `The run has ended without an outcome of command ${commandId}.`;
  return new StagewireClientError('OUTCOME_UNKNOWN', message, { details: { commandId } });
}

function resultOf(subscription: FollowedRun, signal: AbortSignal | undefined): Promise<RunState> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let leave = () => {};
    const onAbort = () => {
      leave();
      reject(signal?.reason instanceof Error ? signal.reason : new Error(String(signal?.reason)));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    leave = subscription.join({
      onEnd(error) {
        signal?.removeEventListener('abort', onAbort);
        if (error !== undefined) return reject(error);
        if (subscription.state !== undefined) resolve(subscription.state);
      },
    });
  });
}
