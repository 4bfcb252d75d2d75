import type { Call, CallOptions } from './transport/call.ts';
import type { ConnectionState } from './transport/connection-state.ts';
import type { EventStream } from './streams/event-stream.ts';
import { feedEvents } from './streams/feed-events.ts';
import type {
  DeleteReceipt,
  FeedEvent,
  Identity,
  Labels,
  ListInput,
  ModelList,
  Receipt,
  RunPage,
  ServerInfo,
  StartInput,
} from './generated/contract.ts';
import type { IdentityWatch } from './identity-watch.ts';
import { createProcedures, type Procedures } from './procedures.ts';
import { createRun, type Run } from './run.ts';
import { sendCommand, type CommandInput } from './send-command.ts';
import type { SubscriptionTransport } from './streams/resume.ts';

/** Which part of the feed is read, and from where. */
export interface FeedOptions {
  /** Start after this cursor. @default now; the first event, `feed.opened`, has the cursor */
  readonly from?: string | undefined;
  /** Only runs of this owner: one of the caller's, or any for an admin. @default all owners of the caller */
  readonly owner?: string | undefined;
  /** Only runs that have all of these labels. @default all */
  readonly labels?: Labels | undefined;
  /** Include text: each run's deltas, coalesced over up to 250 ms. @default false */
  readonly text?: boolean | undefined;
  /** Ends the stream; the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A client of one server. */
export interface Stagewire extends AsyncDisposable {
  /**
   * Queues a run and returns its handle when the run is durable. The call is retried with the same run id until there
   * is a reply, so it never creates two runs. With `from` it starts from a run that has ended, whose task, models and
   * labels are then the defaults: a follow-up, a rerun from a stage, or a fork of an attempt.
   *
   * @throws StagewireError INVALID_INPUT, RUN_ID_CONFLICT, OVERLOADED, DRAINING and others of the error table; with
   * `from` also RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, RUN_NOT_ENDED, ATTEMPT_NOT_FOUND.
   * @throws StagewireClientError OUTCOME_UNKNOWN, with the run id in `details`.
   */
  start(input: StartInput, options?: CallOptions): Promise<Run>;
  /** The handle of an existing run. It makes no call; an unknown id is reported by its methods. */
  run(runId: string): Run;
  /**
   * The events of all runs of the caller, without text unless requested, until the loop ends. After a lost socket or a
   * restart of the server it resumes after the last event.
   *
   * @throws StagewireError CURSOR_INVALID, UNAUTHENTICATED, FORBIDDEN, PROTOCOL_MISMATCH, during the iteration.
   * @throws StagewireClientError CLOSED after `close()`.
   */
  feed(options?: FeedOptions): EventStream<FeedEvent>;
  /**
   * Sends a command with one call, and does not subscribe to the run: for a bot that finds the outcome in the feed, by the
   * `commandId` of the receipt. Resolves when the command is accepted and durable. The commands of `run(runId)` subscribe
   * to the run instead, and return its outcome.
   *
   * @throws StagewireError STAGE_MISMATCH, RUN_ENDED, RUN_NOT_FOUND, ILLEGAL_TARGET and others of the error table.
   * @throws StagewireClientError OUTCOME_UNKNOWN if there was no reply before the deadline; retry with the same `commandId`.
   */
  command(input: CommandInput, options?: CallOptions): Promise<Receipt>;
  /** Deletes a run that has ended, with all its data: `run(runId).delete()`. @throws the errors of that method. */
  delete(runId: string, options?: CallOptions): Promise<DeleteReceipt>;
  /**
   * A page of runs, newest first; `next` of a page is `before` of the following one. `search` selects runs by words of
   * their task, their labels or their id.
   *
   * @throws StagewireError INVALID_INPUT.
   * @throws StagewireClientError UNREACHABLE if there was no reply before the deadline.
   */
  list(input?: ListInput, options?: CallOptions): Promise<RunPage>;
  /**
   * The server's versions, roles, models and limits.
   *
   * @throws StagewireClientError UNREACHABLE if there was no reply before the deadline.
   */
  info(options?: CallOptions): Promise<ServerInfo>;
  /**
   * The models that runs can name, by provider: what the keys of the server can use, and the rehearsal. A provider whose
   * models could not be listed has its `failure`. The server keeps the answers of the providers for 10 minutes.
   *
   * @throws StagewireError FORBIDDEN without the permission `runs:start`.
   * @throws StagewireClientError UNREACHABLE if there was no reply before the deadline.
   */
  models(options?: CallOptions): Promise<ModelList>;
  /** Every procedure of the contract under its own name, including those without a method here. */
  readonly procedures: Procedures;
  /** The state of the connection for events. */
  readonly connection: ConnectionState;
  /** Calls `listener` with every change of `connection`. Returns a function that removes it. */
  onConnection(listener: (state: ConnectionState) => void): () => void;
  /**
   * Who the caller is, as the server has answered last: `null` without an identity, `undefined` until it is known. Every
   * `info()` updates it.
   */
  readonly identity: Identity | null | undefined;
  /**
   * Calls `listener` with every change of `identity`. While there are listeners, the client asks the server: now, after a
   * call that was rejected as FORBIDDEN or UNAUTHENTICATED, and after a reconnect. Returns a function that removes it.
   */
  onIdentity(listener: (identity: Identity | null) => void): () => void;
  /** Closes sockets and timers; pending calls reject with CLOSED. Runs continue. */
  close(): Promise<void>;
}

/** What a client consists of, whether it is connected to a server or replays recorded events. */
export interface StagewireParts {
  readonly call: Call;
  readonly source: SubscriptionTransport;
  readonly connection: {
    readonly state: ConnectionState;
    onChange(listener: (state: ConnectionState) => void): () => void;
  };
  readonly identity: Pick<IdentityWatch, 'identity' | 'on'>;
  close(): Promise<void>;
}

export function createStagewire({ call, source, connection, identity, close }: StagewireParts): Stagewire {
  return {
    async start(input, callOptions) {
      const { runId } = await call('runs.start', input, callOptions);
      return createRun(runId, { call, source });
    },
    run: (runId) => createRun(runId, { call, source }),
    feed: ({ from, owner, labels, text, signal } = {}) =>
      feedEvents(
        source,
        { lastEventId: from, owner, labels, ...(text === true && { include: { text } }) },
        signal,
      ),
    command: (input, callOptions) => sendCommand(call, input, callOptions),
    delete: (runId, callOptions) => call('runs.delete', { runId }, callOptions),
    list: (input = {}, callOptions) => call('runs.list', input, callOptions),
    info: (callOptions) => call('server.info', undefined, callOptions),
    models: (callOptions) => call('models.list', undefined, callOptions),
    procedures: createProcedures({ call, source }),
    get connection() {
      return connection.state;
    },
    onConnection: (listener) => connection.onChange(listener),
    get identity() {
      return identity.identity;
    },
    onIdentity: (listener) => identity.on(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}
