import { isTerminal, PROTOCOL_HASH, PROTOCOL_VERSION, defaultLimits } from '@stagewire/shared';
import type { EventBody } from '@stagewire/shared';
import type { StagewireError } from '@stagewire/shared/errors';
import { knownRoles } from '@stagewire/shared/default-roles';
import { createIdentityWatch } from '../identity-watch.ts';
import { createStagewire, type Stagewire } from '../stagewire.ts';
import type {
  DeleteReceipt,
  DropReason,
  ProcedureMap,
  RunEvent,
  RunWaiting,
  ServerInfo,
  StageWaiting,
  StartReceipt,
} from '../generated/contract.ts';
import type { Call } from '../transport/call.ts';
import type { CallPath } from '../transport/call-path.ts';
import { systemClock } from '../transport/client-clock.ts';
import { CLIENT_VERSION } from '../transport/client-version.ts';
import { closedError, createSession } from '../transport/session.ts';
import { createStarts } from '../transport/starts.ts';
import { createWake } from '../transport/wake.ts';
import { createReplayCalls, droppedEvent } from './replay-calls.ts';
import { createReplayConnection } from './replay-connection.ts';
import { createReplayLog } from './replay-log.ts';
import { assertComplete } from './recorded-events.ts';

/** A call that the code under test has made. */
export type ReplayedCall = {
  readonly [P in CallPath]: {
    /** The procedure, e.g. `runs.steer`. */
    readonly path: P;
    /** Its input, as it was given. */
    readonly input: ProcedureMap[P]['input'];
  };
}[CallPath];

/** Functions that answer calls in place of the replay client, by procedure; one may throw, e.g. a `StagewireError`. */
export type ReplayAnswers = {
  readonly [P in CallPath]?: (
    input: ProcedureMap[P]['input'],
  ) => ProcedureMap[P]['output'] | Promise<ProcedureMap[P]['output']>;
};

type WithoutEnvelope<E> = E extends RunWaiting | StageWaiting
  ? never
  : E extends unknown
    ? Omit<E, 'runId' | 'seq' | 'firstSeq' | 'at'>
    : never;

/** A durable event without its envelope (`runId`, `seq`, `at`), which the replay client adds. */
export type AddedEvent = WithoutEnvelope<RunEvent>;

/** What a replay client starts with. */
export interface ReplayOptions {
  /**
   * Answers of calls. Without one, `runs.start`, the commands, `runs.get`, `runs.list`, `runs.files`, `runs.delete` and
   * `server.info` are answered from the events; any other call is rejected with an Error that names it. @default none
   */
  readonly answers?: ReplayAnswers;
  /** What `server.info` returns in place of the defaults, e.g. `you`. @default none */
  readonly info?: Partial<ServerInfo>;
  /** The time of added events, in milliseconds since the Unix epoch. @default Date.now */
  readonly now?: () => number;
}

/** A client without a server: the test sends the recorded events, and sees the calls. */
export interface ReplayClient extends Stagewire {
  /** All calls so far, oldest first. */
  readonly calls: readonly ReplayedCall[];
  /** The number of recorded events that have not been sent. */
  readonly remaining: number;
  /**
   * Sends the next recorded events to all subscribers. Resolves when they have processed them. Text that a reader has not
   * read yet is merged with what follows, as a server does. @param count @default 1
   */
  next(count?: number): Promise<void>;
  /**
   * Sends recorded events up to the first one of this type, or that the function returns true for, that one included.
   *
   * @throws RangeError if no event is left; all of them were sent.
   */
  nextUntil(wanted: RunEvent['type'] | ((event: RunEvent) => boolean)): Promise<void>;
  /** Sends all recorded events that are left. */
  end(): Promise<void>;
  /** Sends an event that was not recorded; recorded events of the run follow it. @throws StagewireError RUN_NOT_FOUND */
  add(runId: string, event: AddedEvent): Promise<void>;
  /**
   * Sends the outcome of an accepted command: applied to the current attempt, or dropped for a reason. What was recorded
   * is sent unchanged.
   *
   * @throws RangeError if no accepted command has this id.
   */
  settle(commandId: string, outcome?: 'applied' | { readonly dropped: DropReason }): Promise<void>;
  /** Loses the connection: subscribers get nothing, and calls wait, until `reconnect()`. */
  disconnect(error?: StagewireError): void;
  /** Restores the connection: subscriptions resume after their last event. */
  reconnect(): Promise<void>;
}

/**
 * Creates a client that replays recorded events and accepts commands, for tests of a user interface or a bot. No event
 * is sent until the test says so, so that it sees every state in between.
 *
 * `start()` begins the next recorded run. A command is checked as the server does, and `command.accepted` is added to the
 * run; `settle` sends its outcome. An accepted cancel of a run ends it; the rest of its events is not sent.
 *
 * @param events The events of one or more runs, each from `run.queued` on, in the order in which they are sent. Events
 * of several runs may alternate. `parseEvents` reads them from the output of `stagewire watch --json`.
 * @throws RangeError if events of a run are missing.
 */
export function createReplayClient(events: readonly RunEvent[], options: ReplayOptions = {}): ReplayClient {
  assertComplete(events);
  const clock = { ...systemClock, now: options.now ?? systemClock.now };
  const now = () => new Date(clock.now()).toISOString();
  const session = createSession({ clock, random: Math.random, backoff: {}, wake: createWake() });
  const log = createReplayLog({ now });
  const rest = [...events];
  const calls: ReplayedCall[] = [];
  const connection = createReplayConnection({ session, log });
  const add = (runId: string, body: EventBody) => connection.deliver(log.add(runId, body));
  const replayCalls = createReplayCalls({ log, now, add });
  const isDeleted = (runId: string) => log.receiptOfDeletion(runId) !== undefined;

  function send(event: RunEvent): void {
    const { runId } = event;
    // What was recorded after a cancel or a deletion never happened.
    if (isDeleted(runId) || (log.has(runId) && log.run(runId).state.endedAt !== undefined)) return;
    if (isTerminal(event)) dropAdded(runId, dropReasons[event.type]);
    connection.deliver(log.send(event));
  }

  /** Every command has an outcome before the end of its run; those that were recorded have theirs in the record. */
  function dropAdded(runId: string, reason: DropReason): void {
    for (const { commandId, command, status } of log.run(runId).state.commands) {
      if (status === 'accepted') add(runId, droppedEvent(commandId, command, reason));
    }
  }

  function start(): StartReceipt {
    const index = rest.findIndex(({ runId }) => !log.has(runId));
    const [first] = index === -1 ? [] : rest.splice(index, 1);
    if (first === undefined) {
      throw new Error(
        'start() was called, and no recorded run is left. Record another one, or give `answers`.',
      );
    }
    send(first);
    return { runId: first.runId, cursor: log.run(first.runId).state.cursor };
  }

  function remove(runId: string): DeleteReceipt {
    const receipt = replayCalls.delete(runId);
    if (isDeleted(runId)) return receipt;
    log.remove(runId, receipt);
    connection.catchUp();
    return receipt;
  }

  async function answer({ path, input }: ReplayedCall): Promise<unknown> {
    const given = options.answers?.[path] as ((input: unknown) => unknown) | undefined;
    if (given !== undefined) return await given(input);
    switch (path) {
      case 'runs.start':
        return start();
      case 'runs.steer':
        return replayCalls.command({
          ...input,
          kind: 'steer',
          mode: input.mode ?? 'restart',
          scope: input.scope ?? 'run',
        });
      case 'runs.redirect':
        return replayCalls.command({ ...input, kind: 'redirect' });
      case 'runs.cancel':
        return replayCalls.command({ ...input, kind: 'cancel' });
      case 'runs.get':
        return log.run(input.runId).state;
      case 'runs.list':
        return replayCalls.list(input);
      case 'runs.files':
        return replayCalls.files(input);
      case 'runs.delete':
        return remove(input.runId);
      case 'server.info':
        return { ...defaultInfo, now: now(), ...options.info };
      default:
        throw new Error(`The replay client has no answer to ${path}. Give one in the option \`answers\`.`);
    }
  }

  const call: Call = async (path, input, { signal } = {}) => {
    signal?.throwIfAborted();
    if (session.closed) throw closedError();
    const made = { path, input } as ReplayedCall;
    calls.push(made);
    await connection.whenOpen(signal);
    if (session.closed) throw closedError();
    return (await answer(made)) as never;
  };

  const watch = createIdentityWatch(session, call);
  const client = createStagewire({
    call: watch.call,
    source: {
      session,
      starts: createStarts(),
      maxWaitingChars: 1_000_000,
      refusal: () => undefined,
      isFinal: () => true,
      openTrouble: () => ({ set: () => undefined }),
      subscribe: connection.subscribe,
    },
    connection,
    identity: watch,
    close() {
      session.close();
      connection.close();
      return Promise.resolve();
    },
  });

  async function next(count = 1): Promise<void> {
    for (const event of rest.splice(0, count)) send(event);
    await processed();
  }

  return {
    ...client,
    get connection() {
      return client.connection;
    },
    get identity() {
      return client.identity;
    },
    calls,
    get remaining() {
      return rest.length;
    },
    next,
    async nextUntil(wanted) {
      const fits = typeof wanted === 'string' ? ({ type }: RunEvent) => type === wanted : wanted;
      const index = rest.findIndex(fits);
      await next(index === -1 ? rest.length : index + 1);
      if (index === -1) throw new RangeError('None of the recorded events that were left fits.');
    },
    end: () => next(rest.length),
    async add(runId, event) {
      add(runId, event);
      await processed();
    },
    async settle(commandId, outcome = 'applied') {
      const [runId, accepted] = log.acceptedCommand(commandId) ?? [];
      if (runId === undefined || accepted === undefined) {
        throw new RangeError(`No accepted command has the id ${commandId}.`);
      }
      const stage = log.run(runId).state.stages.at(-1);
      const attempt = stage?.attempts.at(-1)?.attempt ?? null;
      add(
        runId,
        outcome === 'applied'
          ? { type: 'command.applied', commandId, stage: stage?.stage ?? null, attempt }
          : droppedEvent(commandId, accepted.command, outcome.dropped),
      );
      await processed();
    },
    disconnect: (error) => connection.lose(error),
    async reconnect() {
      connection.restore();
      await processed();
    },
  };
}

const dropReasons = {
  'run.completed': 'run_completed',
  'run.failed': 'run_failed',
  'run.cancelled': 'run_cancelled',
} as const;

const formatOf = {
  architect: 'markdown',
  coder: 'code',
  reviewer: 'json',
  refiner: 'code',
  tester: 'code',
  documenter: 'markdown',
} as const;

const defaultInfo: Omit<ServerInfo, 'now'> = {
  version: CLIENT_VERSION,
  protocolVersion: PROTOCOL_VERSION,
  protocolHash: PROTOCOL_HASH,
  features: [],
  roles: knownRoles.map((role) => ({ role, format: formatOf[role] })),
  models: { default: 'rehearsal' },
  realModel: false,
  limits: { ...defaultLimits },
  heartbeatMs: 1000,
  auth: [],
  you: null,
};

/** Readers of streams have taken what was sent, and their next reads are waiting. */
function processed(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}
