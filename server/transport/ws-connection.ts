import type { IncomingMessage } from 'node:http';
import { closeCodes, errorTable, StagewireError } from '@stagewire/shared';
import { getWSConnectionHandler } from '@trpc/server/adapters/ws';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Caller, Context } from '../api/context.ts';
import type { StagewireRouter } from '../api/router.ts';
import { toStagewireError } from '../api/wire-error.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { createCallGate } from './call-gate.ts';
import { internalErrorsOnly } from './call-errors.ts';
import type { OnInternalError } from './call-errors.ts';
import type { ConnectionParams } from './caller.ts';
import { createEventEncoder } from './encoder.ts';
import { keepAlive } from './keep-alive.ts';
import type { TransportLimits } from './limits.ts';
import { createMalformedGuard } from './malformed-guard.ts';

/** A WebSocket that can tell whether its reader keeps up, and be closed so that it really ends. */
export interface PacingSocket extends WebSocket {
  drained(signal: AbortSignal): Promise<void>;
  closeSoon(code: number, reason: string): void;
}

export interface WsConnectionOptions {
  readonly router: StagewireRouter;
  readonly judgeCaller: (request: IncomingMessage, params: ConnectionParams) => Promise<Caller>;
  readonly clock: Clock;
  readonly limits: TransportLimits;
  readonly logger: Logger;
  readonly onInternalError: OnInternalError;
}

/** Serves the router on one admitted socket after the other: tRPC's handler, and the limits that it lacks. */
export function createWsConnectionHandler(options: WsConnectionOptions) {
  const { router, judgeCaller, clock, limits, logger, onInternalError } = options;
  const encoder = createEventEncoder();
  const reportInternal = internalErrorsOnly(onInternalError);

  return (socket: PacingSocket, request: IncomingMessage): void => {
    const expectsParameters = announcesParameters(request);
    const cancelDeadline = expectsParameters ? startAuthenticationDeadline(socket) : () => undefined;
    const guard = createMalformedGuard({
      clock,
      maxMalformed: limits.maxMalformed,
      maxMalformedAnswers: limits.maxMalformedAnswers,
      maxBatchSize: limits.maxBatchSize,
      expectsParameters,
      onFlood: () => {
        logger.warn({}, 'closed a connection that sent too many messages without a meaning');
        socket.closeSoon(errorTable.RATE_LIMITED.close, 'too many messages without a meaning');
      },
    });
    keepAlive(socket, { clock, pingMs: limits.pingMs, pongWaitMs: limits.pongWaitMs });

    const serve = getWSConnectionHandler({
      wss: noServer,
      router,
      maxBatchSize: limits.maxBatchSize,
      experimental_encoder: {
        encode: (message) => encoder.encode(message),
        decode: (data) => guard.decode(data),
      },
      createContext: async ({ info }): Promise<Context> => {
        cancelDeadline();
        const caller = await judgeCaller(request, info.connectionParams);
        if (caller.status === 'refused') closeAfterRefusal(socket, caller.error);
        return { caller, connection: connectionOf(socket, info.signal) };
      },
      onError: (event) => {
        // Without a path it is the socket's own error (a reset, a bad frame), and the socket ends by it.
        if (event.path === undefined) return logger.info({ error: event.error.message }, 'a socket failed');
        if (toStagewireError(event.error).code === 'UNKNOWN_PROCEDURE') guard.count();
        reportInternal(event);
      },
    });
    serve(socket, request);
  };

  /** Without it a client that says `connectionParams=1` and then nothing would stay for ever. */
  function startAuthenticationDeadline(socket: PacingSocket): () => void {
    const cancel = clock.after(limits.authenticationDeadlineMs, () => {
      socket.closeSoon(
        closeCodes.authenticationDeadline,
        'connection parameters were announced and not sent',
      );
    });
    socket.once('close', cancel);
    return cancel;
  }

  /** Not at once: the calls that come behind the parameters are to be told why. */
  function closeAfterRefusal(socket: PacingSocket, error: StagewireError): void {
    const row = errorTable[error.code];
    const closeCode = 'close' in row ? row.close : errorTable.FORBIDDEN.close;
    const cancel = clock.after(limits.refusalGraceMs, () => {
      socket.closeSoon(closeCode, error.code);
    });
    socket.once('close', cancel);
  }

  /** `gone` aborts with the socket; the signal of a call never does. */
  function connectionOf(socket: PacingSocket, gone: AbortSignal): Context['connection'] {
    const gate = createCallGate({
      maxCallsInFlight: limits.maxCallsInFlight,
      drained: () => socket.drained(gone),
      setCrowded: (isCrowded) => (isCrowded ? socket.pause() : socket.resume()),
    });
    let subscriptions = 0;
    return {
      ready: (signal) => socket.drained(signal),
      shortcut(first) {
        let requestId: string | number | undefined;
        encoder.awaitRequestId(first, (id) => {
          requestId = id;
        });
        return (cursor, event) => {
          if (requestId === undefined) return false;
          // On a socket that is closing tRPC drops what it is given, and so do we.
          if (socket.readyState === socket.OPEN) {
            socket.send(encoder.eventMessage(requestId, cursor, event), asText);
          }
          return true;
        };
      },
      answer: (call) => gate.pass(call),
      openSubscription() {
        if (subscriptions >= limits.maxSubscriptions) {
          const message = `A connection carries at most ${limits.maxSubscriptions} subscriptions. End one, or open another connection.`;
          throw new StagewireError('OVERLOADED', message, {
            details: { maxSubscriptions: limits.maxSubscriptions },
          });
        }
        subscriptions += 1;
        let open = true;
        return () => {
          if (open) subscriptions -= 1;
          open = false;
        };
      },
    };
  }
}

const asText = { binary: false };

/** tRPC's handler for one connection asks for a server by its type and never looks at it. */
const noServer = undefined as unknown as WebSocketServer;

function announcesParameters(request: IncomingMessage): boolean {
  return new URL(request.url ?? '/', 'http://host').searchParams.get('connectionParams') === '1';
}
