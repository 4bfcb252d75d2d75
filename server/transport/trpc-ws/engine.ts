import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { closeCodes, errorTable, type StagewireError } from '@stagewire/shared';
import { closeReasons } from '@stagewire/shared/close-reasons';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { TRPCError, type AnyTRPCRouter } from '@trpc/server';
import { parseConnectionParamsFromUnknown } from '@trpc/server/http';
import type { Context } from '../../api/context.ts';
import { toStagewireError } from '../../api/wire-error.ts';
import {
  createCallerIdentities,
  type Caller,
  type CallerIdentities,
} from '../../identity/caller-identity.ts';
import { createLiveIdentities } from '../../identity/live-identities.ts';
import type { SubscriberMeter } from '../../delivery/subscriber-meter.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { MemoryAccount } from '../../runtime/memory-account.ts';
import type { TurnBudget } from '../../runtime/turn-budget.ts';
import type { AnswerMemory } from '../answer-memory.ts';
import type { AccessLog } from '../access-log.ts';
import { createCallErrorReporter, type OnInternalError } from '../call-errors.ts';
import type { OnRejected } from '../plain-error.ts';
import type { ConnectionParams } from '../../identity/identify.ts';
import type { EngineConnection, EngineSocket } from '../engine-socket.ts';
import type { TransportLimits } from '../limits.ts';
import { createMalformedGuard, type MalformedGuardOptions } from './malformed-guard.ts';
import { createPeerConnection } from './peer-connection.ts';
import { createMemoryRefusal } from './memory-refusal.ts';
import { Peer } from './peer.ts';
import type { Call, Stop } from './ws-call.ts';
import { createWsCalls } from './ws-calls.ts';

export interface TrpcWsEngineOptions {
  readonly router: AnyTRPCRouter;
  readonly authenticateCaller: (request: IncomingMessage, params: ConnectionParams) => Promise<Caller>;
  /** @default identities that cannot be refreshed, and that expire */
  readonly identityOf?: CallerIdentities | undefined;
  /** The address of a client. @default that of the peer */
  readonly addressOf?: ((request: IncomingMessage) => string | undefined) | undefined;
  readonly clock: Clock;
  readonly limits: TransportLimits;
  readonly logger: Logger;
  readonly onInternalError: OnInternalError;
  /** Called with the code of each error that a client gets. @default not called */
  readonly onRejected?: OnRejected | undefined;
  readonly account: MemoryAccount;
  readonly createAnswerMemory: () => AnswerMemory;
  /** Counts subscriptions. @default they are not counted */
  readonly meter?: Pick<SubscriberMeter, 'count'> | undefined;
  /** Logs calls. @default they are not logged */
  readonly accessLog?: AccessLog | undefined;
  /** Shared by all connections. */
  readonly turns: TurnBudget;
}

/** Implements tRPC's WebSocket protocol on any socket. */
export interface TrpcWsEngine {
  /** Starts to serve an admitted socket. The request is that of its upgrade. */
  open(socket: EngineSocket, request: IncomingMessage): EngineConnection;
}

/**
 * Serves the router on admitted sockets within the limits. State that lives as long as a connection does not
 * keep the request or anything else unnecessary: there may be ten thousand of them.
 */
export function createTrpcWsEngine(options: TrpcWsEngineOptions): TrpcWsEngine {
  const { router, authenticateCaller, clock, limits, logger, turns } = options;
  const addressOf = options.addressOf ?? (({ socket }) => (socket as Socket | undefined)?.remoteAddress);
  const reportInternal = createCallErrorReporter(options);
  const identityOf = options.identityOf ?? createCallerIdentities({ live: createLiveIdentities({ clock }) });
  const calls = createWsCalls<Peer>({
    router,
    observe: (peer, call) => peer.access?.call(call, () => peer.identity),
    onError({ guard, access }, event) {
      if (toStagewireError(event.error).code === 'UNKNOWN_PROCEDURE') guard.count();
      reportInternal({ ...event, requestId: access?.requestId });
    },
  });

  const refuseForMemory = createMemoryRefusal<Peer>({
    inTurn,
    refuse: (peer, error, call) => calls.refuse(peer, error, call),
    close: ({ socket }) => socket.closeOrTerminate(tryAgainLater, closeReasons.noMemory()),
  });

  const guardOptions: MalformedGuardOptions = {
    clock,
    maxMalformed: limits.maxMalformed,
    maxMalformedAnswers: limits.maxMalformedAnswers,
    maxBatchSize: limits.maxBatchSize,
    maxCallIdChars: limits.maxCallIdChars,
    onFlood(socket) {
      logger.warn({}, 'closed a connection that sent too many malformed messages');
      socket.closeOrTerminate(errorTable.RATE_LIMITED.close, closeReasons.tooManyMalformed());
    },
  };

  return {
    open(socket, request) {
      const peer = new Peer(socket, createMalformedGuard(guardOptions, socket));
      peer.access = options.accessLog?.connection(request);
      if (announcesParameters(request)) awaitParameters(peer, request);
      else attach(peer, authenticate(peer, request, null));
      return peer;
    },
  };

  /** The first message of a connection that has announced parameters contains them. */
  function awaitParameters(peer: Peer, request: IncomingMessage): void {
    const { socket } = peer;
    // A client that announces `connectionParams=1` and then sends nothing would stay connected forever.
    const cancelDeadline = peer.after(clock, limits.authenticationDeadlineMs, () => {
      socket.closeOrTerminate(closeCodes.authenticationDeadline, closeReasons.noConnectionParams());
    });
    peer.receive = (data, isBinary) => {
      if (answerHeartbeat(peer, data, isBinary)) return;
      // Valid or not, only the first message may contain them.
      peer.receive = () => undefined;
      try {
        const parameters = readParameters(data, isBinary);
        cancelDeadline();
        attach(peer, authenticate(peer, request, parameters));
      } catch (error) {
        calls.refuse(peer, error);
        clock.turn(() => socket.closeOrTerminate());
      }
    };
  }

  /** Authenticates once for all calls of the connection. */
  async function authenticate(
    peer: Peer,
    request: IncomingMessage,
    parameters: ConnectionParams,
  ): Promise<Context> {
    const caller = await authenticateCaller(request, parameters);
    const identity = identityOf(caller, {
      address: addressOf(request),
      onEnd: (error) => peer.socket.closeOrTerminate(closeCodeOf(error), closeReasons.identityEnded(error)),
    });
    if (identity.caller.status === 'refused') closeAfterRejection(peer, identity.caller.error);
    if (peer.isClosed) identity.release();
    peer.identity = identity;
    return { identity, connection: createPeerConnection(peer, options) };
  }

  /** Delayed: the calls after the parameters must get the error. */
  function closeAfterRejection(peer: Peer, error: StagewireError): void {
    const closeCode = closeCodeOf(error);
    peer.after(clock, limits.refusalGraceMs, () => peer.socket.closeOrTerminate(closeCode, error.code));
  }

  function attach(peer: Peer, context: Promise<Context>): void {
    const { socket } = peer;
    const admit = () => {
      peer.isAuthenticated = true;
      socket.readPauses.resume('unknown caller');
    };
    // If it fails, each call is rejected with the reason.
    context.then(admit, admit);
    peer.receive = (data, isBinary) => {
      // Until authentication completes, calls would accumulate uncounted.
      if (!peer.isAuthenticated) socket.readPauses.pause('unknown caller');
      if (answerHeartbeat(peer, data, isBinary)) return;
      try {
        const received = peer.guard.read(data, isBinary);
        if (received.length > limits.maxBatchSize) return refuseBatch(peer, received);
        take(peer, { received, bytes: data.length, context });
      } catch (error) {
        calls.refuse(peer, new TRPCError({ code: 'PARSE_ERROR', cause: error }));
      }
    };
  }

  /**
   * The content of a large message, and the calls of a large batch, are charged until they have been answered
   * or started.
   */
  function take(
    peer: Peer,
    message: {
      readonly received: readonly (Call | Stop)[];
      readonly bytes: number;
      readonly context: Promise<Context>;
    },
  ): void {
    const { received, bytes, context } = message;
    if (bytes <= limits.freeMessageBytes && received.length <= uncountedCalls) {
      for (const call of received) void schedule(peer, call, context);
      return;
    }
    const charge = options.account.charge('requests', bytes * textFactor + received.length * callBytes);
    if (charge === undefined) return refuseForMemory(peer, received);
    void Promise.all(received.map((call) => schedule(peer, call, context))).finally(() => charge.release());
  }

  function schedule(peer: Peer, call: Call | Stop, context: Promise<Context>): Promise<void> {
    return new Promise((resolve) => {
      inTurn(peer, (isClosed) => {
        resolve(isClosed ? undefined : calls.take(peer, call, context));
        return !isClosed;
      });
    });
  }

  /**
   * Runs a task of a connection in this turn of the event loop or a later one: one message may have hundreds of calls,
   * and a hundred connections may send one at once. While some are deferred, reading is paused.
   *
   * @param task Gets whether the client has disconnected. Returns false if there was nothing to do.
   */
  function inTurn(peer: Peer, task: (isClosed: boolean) => boolean): void {
    let isDeferred = false;
    isDeferred = turns.run(() => {
      if (isDeferred) {
        peer.deferred -= 1;
        if (peer.deferred === 0) peer.socket.readPauses.resume('calls to begin');
      }
      return task(peer.isClosed);
    });
    if (!isDeferred) return;
    peer.deferred += 1;
    if (peer.deferred === 1) peer.socket.readPauses.pause('calls to begin');
  }

  function refuseBatch(peer: Peer, batch: readonly (Call | Stop)[]): void {
    const cause = wireErrors.INVALID_INPUT.batchTooLarge(limits.maxBatchSize);
    const error = new TRPCError({ code: 'BAD_REQUEST', cause });
    const awaited = batch.filter(({ type }) => type !== 'stop');
    for (const { id, jsonrpc } of awaited) calls.refuse(peer, error, { id, jsonrpc });
    if (awaited.length === 0) calls.refuse(peer, error);
  }
}

/** A standard WebSocket code, after which clients reconnect. */
const tryAgainLater = 1013;

function closeCodeOf({ code }: StagewireError): number {
  const row = errorTable[code];
  const otherCode = row.retryable ? tryAgainLater : errorTable.FORBIDDEN.close;
  return 'close' in row ? row.close : otherCode;
}

/** Estimated memory of a waiting call apart from its text, and the calls of one message that are not charged. */
const callBytes = 1024;
const uncountedCalls = 16;

/** UTF-8 is kept as text of up to two bytes per byte read. */
const textFactor = 2;

/** Answers the keep-alive of tRPC's clients, a text message; returns whether it was one. */
function answerHeartbeat({ socket }: Peer, data: Buffer, isBinary: boolean): boolean {
  if (isBinary || data.length !== 4) return false;
  const text = data.toString();
  if (text === 'PING' && socket.isOpen) socket.sendOnce('PONG');
  return text === 'PING' || text === 'PONG';
}

/** @throws TRPCError PARSE_ERROR */
function readParameters(data: Buffer, isBinary: boolean): ConnectionParams {
  try {
    const message: unknown = isBinary ? undefined : JSON.parse(data.toString());
    if (typeof message !== 'object' || message === null) throw wireErrors.INVALID_INPUT.connectionParams();
    return parseConnectionParamsFromUnknown('data' in message ? message.data : undefined);
  } catch (cause) {
    throw new TRPCError({ code: 'PARSE_ERROR', cause: wireErrors.INVALID_INPUT.connectionParams(cause) });
  }
}

function announcesParameters(request: IncomingMessage): boolean {
  return new URL(request.url ?? '/', 'http://host').searchParams.get('connectionParams') === '1';
}
