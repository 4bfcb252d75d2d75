import { StagewireClientError } from './transport/client-error.ts';
import type { Call, CallOptions } from './transport/call.ts';
import { createEventStream } from './streams/event-stream.ts';
import type { AttemptPlace } from './files/attempt-place.ts';
import { contextFiles } from './files/context-files.ts';
import type { EventStream } from './streams/event-stream.ts';
import type { CancelChoices, CommandChoices, RedirectChoices, SteerChoices } from './command-choices.ts';
import type {
  CancelInput,
  CommandApplied,
  CommandDropped,
  DeleteReceipt,
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
import { createRunLinks, type RunLinks } from './run-links.ts';
import type { SubscriptionTransport } from './streams/resume.ts';
import { runEvents, runBuffering } from './streams/run-events.ts';
import { createRunSubscription } from './streams/run-subscription.ts';
import type { RunSubscription } from './streams/run-subscription.ts';
import { expectOf, targetOf } from './streams/run-state.ts';

/** Which events of a run are read, and from where. */
export interface EventsOptions {
  /** Start after this cursor. @default the run's first event */
  readonly from?: string | undefined;
  /** Filters events; `reasoning: false` omits `stage.reasoning`. @default everything */
  readonly include?: { readonly reasoning?: boolean } | undefined;
  /** Ends the stream; the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The options of every command. */
export interface CommandOptions extends CallOptions, CommandChoices {
  /**
   * What must be current for the command to be accepted; otherwise it is rejected with STAGE_MISMATCH.
   *
   * @default `{ stage }`, the current stage as this handle has received it, while it is subscribed to the run; `'any'`
   * if it is not subscribed or the run is queued. The attempt is left out: retries, repairs and the caller's own steers
   * change it.
   */
  readonly expect?: Expect | undefined;
}

/** The options of a steer. */
export interface SteerOptions extends CommandOptions, SteerChoices {}

/** The options of a redirect. */
export interface RedirectOptions extends CommandOptions, RedirectChoices {}

/** The options of a cancel. */
export interface CancelOptions extends CommandOptions, CancelChoices {}

/** The outcome of an accepted command. */
export type CommandOutcome =
  | {
      /** Applied: it is in the prompt of that attempt (steer), or executed (redirect, cancel). */
      readonly status: 'applied';
      /** The stage whose prompt contains it, or that it ended; `null` if the run was still queued. */
      readonly stage: number | null;
      /** The attempt whose prompt contains it, or that it ended; `null` if the run was still queued. */
      readonly attempt: number | null;
    }
  | {
      /** Dropped: it will never be applied. */
      readonly status: 'dropped';
      /** Why it was dropped. */
      readonly reason: DropReason;
      /** The text of the command, for reuse; absent if it has none. */
      readonly text?: string;
    };

/** Which files of a run are returned. */
export interface FilesOptions extends CallOptions {
  /** Only the file with this path. @default all files */
  readonly path?: string;
  /** The files at the end of this attempt. @default the current files */
  readonly at?: AttemptPlace;
}

/** A command that the server has accepted: it is durable, but not yet applied. */
export interface AcceptedCommand {
  /** The position of the command in the run's log, and the attempt for which it was accepted. */
  readonly receipt: Receipt;
  /**
   * Settles with the outcome from the run's events, also after a lost socket, a restart of the server or the end of the
   * run; rejects with a StagewireClientError OUTCOME_UNKNOWN if the run ends without one. The run is subscribed to
   * until then. The promise may be ignored: it causes no unhandled rejection.
   */
  readonly outcome: Promise<CommandOutcome>;
}

/**
 * One run. Its events, state, result and outcomes share one subscription, which exists while any of them is in use.
 * Keep the handle: another handle of the same run has its own subscription.
 */
export interface Run extends RunLinks {
  /** The run's id. */
  readonly id: string;
  /**
   * The state of the run as received so far; `undefined` before the first event of a subscription. `snapshot` asks the
   * server.
   */
  readonly state: RunState | undefined;
  /**
   * The run's events from the first to the terminal one, exactly once per cursor, also after lost sockets and restarts;
   * then the loop ends. With `from` or `include` they use their own subscription.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, CURSOR_INVALID, UNAUTHENTICATED, FORBIDDEN, PROTOCOL_MISMATCH.
   * @throws StagewireClientError CLOSED after `close()`.
   */
  events(options?: EventsOptions): EventStream<RunEvent>;
  /** The state after the terminal event; subscribes to the run until then. @throws the errors of `events`. */
  result(options?: CallOptions): Promise<RunState>;
  /**
   * The current state on the server.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE.
   * @throws StagewireClientError UNREACHABLE if there was no reply before the deadline.
   */
  snapshot(options?: CallOptions): Promise<RunState>;
  /**
   * Deletes the run, which must have ended, with all its data. It cannot be undone. A repeated call returns the same
   * receipt. Then every other method rejects with RUN_EXPIRED.
   *
   * @throws StagewireError RUN_NOT_ENDED, RUN_NOT_FOUND, RUN_EXPIRED if retention has removed it.
   * @throws StagewireClientError OUTCOME_UNKNOWN if there was no reply before the deadline; retry.
   */
  delete(options?: CallOptions): Promise<DeleteReceipt>;
  /**
   * The files of the run with their texts: the current ones, or those at the end of an attempt.
   *
   * @throws StagewireError ATTEMPT_NOT_FOUND if that attempt does not exist or has not ended; and the errors of `snapshot`.
   */
  files(options?: FilesOptions): Promise<RunFile[]>;
  /**
   * The context files of the run as they were given, in order, also those that a role has replaced or removed since. A
   * path is there again if a follow-up run has given another text for it.
   *
   * @throws the errors of `events`.
   */
  contextFiles(options?: CallOptions): Promise<RunFile[]>;
  /**
   * The prompt of an attempt, also of a running one.
   *
   * @throws StagewireError ATTEMPT_NOT_FOUND if that attempt does not exist; and the errors of `snapshot`.
   */
  prompt(at: AttemptPlace, options?: CallOptions): Promise<RunPrompt>;
  /**
   * Sends an instruction to the model. Resolves when it is accepted and durable.
   *
   * @throws StagewireError STAGE_MISMATCH, RUN_ENDED, ILLEGAL_TARGET, LIMIT_REACHED and others of the error table.
   * @throws StagewireClientError OUTCOME_UNKNOWN if there was no reply before the deadline; retry with the same `commandId`.
   */
  steer(text: string, options?: SteerOptions): Promise<AcceptedCommand>;
  /** Ends the current stage and continues with another role. @throws the errors of `steer`. */
  redirect(to: Role, options?: RedirectOptions): Promise<AcceptedCommand>;
  /** Cancels the run, or only its current stage. @throws the errors of `steer`. */
  cancel(options?: CancelOptions): Promise<AcceptedCommand>;
}

export function createRun(
  runId: string,
  { call, source }: { call: Call; source: SubscriptionTransport },
): Run {
  const subscription = createRunSubscription(source, runId);
  const accepted = (receipt: Receipt): AcceptedCommand => {
    const outcome = outcomeOf(subscription, receipt.commandId);
    // The caller may ignore the outcome.
    outcome.catch(() => {});
    return { receipt, outcome };
  };

  return {
    ...createRunLinks(runId, call),
    id: runId,
    get state() {
      return subscription.state;
    },
    events({ from, include, signal } = {}) {
      if (from !== undefined || include !== undefined) {
        return runEvents(source, { runId, lastEventId: from, include }, signal);
      }
      return createEventStream<RunEvent>({
        // Without a limit: the shared subscription keeps the whole run anyway.
        ...runBuffering,
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
    delete: (options) => call('runs.delete', { runId }, options),
    files: ({ path, at, ...options } = {}) =>
      call(
        'runs.files',
        { runId, ...(path !== undefined && { path }), ...(at !== undefined && { at }) },
        options,
      ),
    contextFiles: ({ signal } = {}) => contextFiles(source, runId, signal),
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
      // Cancelling a run applies in every stage.
      const effectiveExpect = target === 'run' ? expect : (expect ?? seenBy(subscription));
      const input = { runId, commandId, target, reason, expect: effectiveExpect } as CancelInput;
      return accepted(await call('runs.cancel', input, { signal }));
    },
  };
}

/** The stage that this handle has received as current; `'any'` if its state may be stale. */
function seenBy({ isSubscribed: following, state }: RunSubscription): Expect {
  return following ? expectOf(targetOf(state), state) : 'any';
}

function outcomeOf(subscription: RunSubscription, commandId: string): Promise<CommandOutcome> {
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

function resultOf(subscription: RunSubscription, signal: AbortSignal | undefined): Promise<RunState> {
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
