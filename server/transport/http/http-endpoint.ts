import type { IncomingMessage, ServerResponse } from 'node:http';
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http';
import type { Caller, Context } from '../../api/context.ts';
import type { StagewireRouter } from '../../api/router.ts';
import type { Clock } from '../../runtime/clock.ts';
import { internalErrorsOnly } from '../call-errors.ts';
import type { OnInternalError } from '../call-errors.ts';
import type { ConnectionParams } from '../caller.ts';
import type { TransportLimits } from '../limits.ts';
import type { MemoryAccount } from '../../runtime/memory-account.ts';
import type { TurnBudget } from '../../runtime/turn-budget.ts';
import type { AnswerRoom } from '../answer-room.ts';
import { chargeBody } from './body-charge.ts';
import { cutStalledResponse } from './stalled-response.ts';
import { chargeStream } from './stream-charge.ts';

export interface HttpEndpointOptions {
  readonly router: StagewireRouter;
  readonly judgeCaller: (request: IncomingMessage, params: ConnectionParams) => Promise<Caller>;
  readonly clock: Clock;
  readonly limits: TransportLimits;
  readonly onInternalError: OnInternalError;
  readonly account: MemoryAccount;
  readonly createAnswerRoom: () => AnswerRoom;
  /** Shared with the WebSockets. */
  readonly turns: TurnBudget;
}

/** The router over plain HTTP: queries and mutations as JSON, subscriptions as server-sent events. */
export interface HttpEndpoint {
  /** Answers one request; `path` is what the URL says behind `/trpc/`. */
  answer(request: IncomingMessage, response: ServerResponse, path: string): void;
  /** Cuts every event stream off: one that ended in order would tell its reader that the run is over. */
  cutStreams(): void;
}

/** Over HTTP the pace is tRPC's own, and a request holds one subscription at most. */
function httpConnection(
  room: AnswerRoom,
  { turns, account }: Pick<HttpEndpointOptions, 'turns' | 'account'>,
): Context['connection'] {
  let last: Promise<unknown> = Promise.resolve();
  const turn = () => new Promise<void>((resolve) => void turns.run(resolve));
  return {
    // Hundreds of event streams may begin at once, and each reads its run from the log.
    ready: turn,
    // The calls of a batch one after the other: together they would each hold a part of the room and none be answered.
    answer(call) {
      const answered = last.then(turn).then(() => call(room.answer()));
      last = answered.catch(() => undefined);
      return answered;
    },
    openSubscription: () => chargeStream(account).release,
  };
}

export function createHttpEndpoint(options: HttpEndpointOptions): HttpEndpoint {
  const { router, judgeCaller, clock, limits, account, onInternalError } = options;
  const streams = new Set<ServerResponse>();
  const onError = internalErrorsOnly(onInternalError);

  return {
    answer(request, response, path) {
      cutStalledResponse(response, { clock, limits });
      if (!chargeBody(request, response, { account, clock, limits })) return;
      const room = options.createAnswerRoom();
      response.once('close', () => room.release());
      void nodeHTTPRequestHandler({
        router,
        req: request,
        res: response,
        path,
        maxBodySize: limits.maxMessageBytes,
        maxBatchSize: limits.maxHttpBatchSize,
        createContext: async ({ info }): Promise<Context> => ({
          caller: await judgeCaller(request, info.connectionParams),
          connection: httpConnection(room, options),
        }),
        responseMeta: ({ type, eagerGeneration }) => {
          const isStream = type === 'subscription' && eagerGeneration;
          if (isStream) watchStream(response);
          // Appended to what tRPC says itself; the answer differs by Origin since CORS headers do.
          const headers = new Headers({ vary: 'Origin' });
          if (isStream) headers.set('cache-control', 'no-store');
          return { headers };
        },
        onError,
      });
    },
    cutStreams() {
      for (const response of streams) response.destroy();
    },
  };

  function watchStream(response: ServerResponse): void {
    if (response.destroyed) return;
    streams.add(response);
    response.once('close', () => streams.delete(response));
  }
}
