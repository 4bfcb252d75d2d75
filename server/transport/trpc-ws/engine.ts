import type { IncomingMessage } from 'node:http';
import { closeCodes, errorTable, type StagewireError } from '@stagewire/shared';
import { getTRPCErrorFromUnknown, TRPCError, type AnyTRPCRouter } from '@trpc/server';
import { parseConnectionParamsFromUnknown } from '@trpc/server/http';
import type { Caller, Context } from '../../api/context.ts';
import { toStagewireError } from '../../api/wire-error.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { MemoryAccount } from '../../runtime/memory-account.ts';
import type { TurnBudget } from '../../runtime/turn-budget.ts';
import type { AnswerRoom } from '../answer-room.ts';
import { internalErrorsOnly } from '../call-errors.ts';
import type { OnInternalError } from '../call-errors.ts';
import type { ConnectionParams } from '../caller.ts';
import type { EngineConnection, EngineSocket } from '../engine-socket.ts';
import type { TransportLimits } from '../limits.ts';
import { createMalformedGuard, type MalformedGuard, type MalformedGuardOptions } from './malformed-guard.ts';
import { createPeerConnection } from './peer-connection.ts';
import type { Call, Stop } from './ws-call.ts';
import { createWsCalls, type CallingPeer } from './ws-calls.ts';
import { noMemoryFor } from '../no-memory.ts';

export interface TrpcWsEngineOptions {
  readonly router: AnyTRPCRouter;
  readonly judgeCaller: (request: IncomingMessage, params: ConnectionParams) => Promise<Caller>;
  readonly clock: Clock;
  readonly limits: TransportLimits;
  readonly logger: Logger;
  readonly onInternalError: OnInternalError;
  readonly account: MemoryAccount;
  readonly createAnswerRoom: () => AnswerRoom;
  /** Shared by all connections. */
  readonly turns: TurnBudget;
}

/** Speaks tRPC's protocol for WebSockets on any socket that it is given. */
export interface TrpcWsEngine {
  /** Begins to serve an admitted socket. The request is that of its upgrade. */
  open(socket: EngineSocket, request: IncomingMessage): EngineConnection;
}

/**
 * Serves the router on one admitted socket after the other, within the limits. What lives as long as a connection
 * keeps neither the request nor anything else that it does without: there may be ten thousand of them.
 */
export function createTrpcWsEngine(options: TrpcWsEngineOptions): TrpcWsEngine {
  const { router, judgeCaller, clock, limits, logger, turns } = options;
  const reportInternal = internalErrorsOnly(options.onInternalError);
  const calls = createWsCalls<Peer>({
    router,
    onError({ guard }, event) {
      if (toStagewireError(event.error).code === 'UNKNOWN_PROCEDURE') guard.count();
      reportInternal(event);
    },
  });

  const guardOptions: MalformedGuardOptions = {
    clock,
    maxMalformed: limits.maxMalformed,
    maxMalformedAnswers: limits.maxMalformedAnswers,
    maxBatchSize: limits.maxBatchSize,
    maxCallIdChars: limits.maxCallIdChars,
    onFlood(socket) {
      logger.warn({}, 'closed a connection that sent too many messages without a meaning');
      socket.closeOrTerminate(errorTable.RATE_LIMITED.close, 'too many messages without a meaning');
    },
  };

  return {
    open(socket, request) {
      const peer = new Peer(socket, createMalformedGuard(guardOptions, socket));
      if (announcesParameters(request)) awaitParameters(peer, request);
      else attach(peer, authenticate(peer, request, null));
      return peer;
    },
  };

  /** The first message of a connection that has announced its parameters says them. */
  function awaitParameters(peer: Peer, request: IncomingMessage): void {
    const { socket } = peer;
    // A client that says `connectionParams=1` and then nothing would stay for ever.
    const cancelDeadline = whileOpen(peer, limits.authenticationDeadlineMs, () => {
      const reason = 'connection parameters were announced and not sent';
      socket.closeOrTerminate(closeCodes.authenticationDeadline, reason);
    });
    peer.receive = (data, isBinary) => {
      if (answerHeartbeat(peer, data, isBinary)) return;
      // Whatever it is, it is the only message that may say them.
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

  /** Who calls, once and for all of the connection's calls. */
  async function authenticate(
    peer: Peer,
    request: IncomingMessage,
    parameters: ConnectionParams,
  ): Promise<Context> {
    const caller = await judgeCaller(request, parameters);
    if (caller.status === 'refused') closeAfterRefusal(peer, caller.error);
    return { caller, connection: createPeerConnection(peer, options) };
  }

  /** Not at once: the calls that come behind the parameters are to be told why. */
  function closeAfterRefusal(peer: Peer, error: StagewireError): void {
    const row = errorTable[error.code];
    const closeCode = 'close' in row ? row.close : errorTable.FORBIDDEN.close;
    whileOpen(peer, limits.refusalGraceMs, () => peer.socket.closeOrTerminate(closeCode, error.code));
  }

  function attach(peer: Peer, context: Promise<Context>): void {
    const { socket } = peer;
    const admit = () => {
      peer.isWelcome = true;
      socket.reads.release('unknown caller');
    };
    // If it fails, each call is refused with the reason.
    context.then(admit, admit);
    peer.receive = (data, isBinary) => {
      // Until it is known who calls, calls would pile up that nothing else counts.
      if (!peer.isWelcome) socket.reads.hold('unknown caller');
      if (answerHeartbeat(peer, data, isBinary)) return;
      try {
        const heard = peer.guard.read(data, isBinary);
        if (heard.length > limits.maxBatchSize) return refuseBatch(peer, heard);
        take(peer, { heard, bytes: data.length, context });
      } catch (error) {
        calls.refuse(peer, new TRPCError({ code: 'PARSE_ERROR', cause: error }));
      }
    };
  }

  /** What a large message says, and the calls of a large batch, are held until they have been answered or begun. */
  function take(
    peer: Peer,
    message: {
      readonly heard: readonly (Call | Stop)[];
      readonly bytes: number;
      readonly context: Promise<Context>;
    },
  ): void {
    const { heard, bytes, context } = message;
    if (bytes <= limits.freeMessageBytes && heard.length <= freeCalls) {
      for (const call of heard) void inTurn(peer, call, context);
      return;
    }
    const charge = options.account.charge('requests', bytes * textFactor + heard.length * callBytes);
    if (charge === undefined) {
      // One for all: the stack of each would cost more than the call.
      const error = getTRPCErrorFromUnknown(noMemoryFor('so large a call'));
      for (const call of heard) if (call.type !== 'stop') calls.refuse(peer, error, call);
      return;
    }
    void Promise.all(heard.map((call) => inTurn(peer, call, context))).finally(() => charge.release());
  }

  /** One message may begin hundreds of calls, and a hundred connections may do so at once. While some wait, no more are read. */
  function inTurn(peer: Peer, call: Call | Stop, context: Promise<Context>): Promise<void> {
    return new Promise((resolve) => {
      let isPutOff = false;
      isPutOff = turns.run(() => {
        if (isPutOff) {
          peer.putOff -= 1;
          if (peer.putOff === 0) peer.socket.reads.release('calls to begin');
        }
        // Nobody is left to be answered.
        const isGone = peer.gone.signal.aborted;
        resolve(isGone ? undefined : calls.take(peer, call, context));
        return !isGone;
      });
      if (!isPutOff) return;
      peer.putOff += 1;
      if (peer.putOff === 1) peer.socket.reads.hold('calls to begin');
    });
  }

  function refuseBatch(peer: Peer, batch: readonly (Call | Stop)[]): void {
    const error = new TRPCError({ code: 'BAD_REQUEST', message: 'Batch call exceeds maximum size' });
    const awaited = batch.filter(({ type }) => type !== 'stop');
    for (const { id, jsonrpc } of awaited) calls.refuse(peer, error, { id, jsonrpc });
    if (awaited.length === 0) calls.refuse(peer, error);
  }

  /** A timer that ends with the socket at the latest. */
  function whileOpen({ gone }: Peer, delayMs: number, task: () => void): () => void {
    const cancelTimer = clock.after(delayMs, () => {
      gone.signal.removeEventListener('abort', cancel);
      task();
    });
    const cancel = () => {
      gone.signal.removeEventListener('abort', cancel);
      cancelTimer();
    };
    gone.signal.addEventListener('abort', cancel);
    return cancel;
  }
}

/** A connection, as the engine knows it. */
class Peer implements CallingPeer, EngineConnection {
  readonly socket: EngineSocket;
  readonly guard: MalformedGuard;
  readonly subscriptions = new Map<string | number, AbortController>();
  /** Aborts with the socket. */
  readonly gone = new AbortController();
  /** Takes the next message. */
  receive: EngineConnection['message'] = () => undefined;
  /** Is it known who calls? */
  isWelcome = false;
  /** Calls that wait for a later turn of the event loop. */
  putOff = 0;

  constructor(socket: EngineSocket, guard: MalformedGuard) {
    this.socket = socket;
    this.guard = guard;
  }

  message(data: Buffer, isBinary: boolean): void {
    this.receive(data, isBinary);
  }

  closed(): void {
    for (const subscription of this.subscriptions.values()) subscription.abort();
    this.gone.abort();
  }
}

/** About what a call that waits takes beside its text, and how many calls of one message are not counted. */
const callBytes = 1024;
const freeCalls = 16;

/** Bytes of UTF-8 that were read are held as text of up to two bytes each. */
const textFactor = 2;

/** Answers the keep-alive of tRPC's clients, which is text; says whether it was one. */
function answerHeartbeat({ socket }: Peer, data: Buffer, isBinary: boolean): boolean {
  if (isBinary || data.length !== 4) return false;
  const text = data.toString();
  if (text === 'PING' && socket.isOpen) socket.sendOnce('PONG');
  return text === 'PING' || text === 'PONG';
}

/** @throws TRPCError PARSE_ERROR */
function readParameters(data: Buffer, isBinary: boolean): ConnectionParams {
  try {
    if (isBinary) throw new Error('The frame is binary.');
    const message: unknown = JSON.parse(data.toString());
    if (typeof message !== 'object' || message === null) throw new Error('The message is not an object.');
    return parseConnectionParamsFromUnknown('data' in message ? message.data : undefined);
  } catch (cause) {
    const message = 'The parameters of the connection could not be read.';
    throw new TRPCError({ code: 'PARSE_ERROR', message, cause });
  }
}

function announcesParameters(request: IncomingMessage): boolean {
  return new URL(request.url ?? '/', 'http://host').searchParams.get('connectionParams') === '1';
}
