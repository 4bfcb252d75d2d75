import type { IncomingMessage, ServerResponse } from 'node:http';
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http';
import type { Context } from '../../api/context.ts';
import type { StagewireRouter } from '../../api/router.ts';
import type { SubscriberMeter } from '../../delivery/subscriber-meter.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createCallErrorReporter } from '../call-errors.ts';
import type { OnInternalError } from '../call-errors.ts';
import { reportedPlainError, type OnRejected } from '../plain-error.ts';
import {
  createCallerIdentities,
  type Caller,
  type CallerIdentities,
} from '../../identity/caller-identity.ts';
import type { ConnectionParams } from '../../identity/identify.ts';
import { createLiveIdentities } from '../../identity/live-identities.ts';
import type { TransportLimits } from '../limits.ts';
import type { MemoryAccount } from '../../runtime/memory-account.ts';
import type { TurnBudget } from '../../runtime/turn-budget.ts';
import type { AccessLog } from '../access-log.ts';
import type { AnswerMemory } from '../answer-memory.ts';
import { chargeBody } from './body-charge.ts';
import { chargeStream } from './stream-charge.ts';

export interface HttpEndpointOptions {
  readonly router: StagewireRouter;
  readonly authenticateCaller: (request: IncomingMessage, params: ConnectionParams) => Promise<Caller>;
  /** @default identities that cannot be refreshed, and that expire */
  readonly identityOf?: CallerIdentities | undefined;
  /** The address of a client. @default that of the peer */
  readonly addressOf?: ((request: IncomingMessage) => string | undefined) | undefined;
  readonly clock: Clock;
  readonly limits: TransportLimits;
  readonly onInternalError: OnInternalError;
  /** Called with the code of each error that a client gets. @default not called */
  readonly onRejected?: OnRejected | undefined;
  readonly account: MemoryAccount;
  readonly createAnswerMemory: () => AnswerMemory;
  /** Counts subscriptions. @default they are not counted */
  readonly meter?: Pick<SubscriberMeter, 'count'> | undefined;
  /** Gets the runs of calls. @default they are not logged */
  readonly accessLog?: Pick<AccessLog, 'called' | 'requestId'> | undefined;
  /** Shared with the WebSockets. */
  readonly turns: TurnBudget;
}

/** The router over plain HTTP: queries and mutations as JSON, subscriptions as server-sent events. */
export interface HttpEndpoint {
  /** Answers one request; `path` is the part of the URL after `/trpc/`. */
  answer(request: IncomingMessage, response: ServerResponse, path: string): void;
  /** Destroys every event stream: an orderly end would mean that the run has ended. */
  cutStreams(): void;
}

/** Over HTTP backpressure is tRPC's own, and a request has at most one subscription. */
function httpConnection(
  memory: AnswerMemory,
  { turns, account, meter }: Pick<HttpEndpointOptions, 'turns' | 'account' | 'meter'>,
): Context['connection'] {
  let last: Promise<unknown> = Promise.resolve();
  const turn = () => new Promise<void>((resolve) => void turns.run(resolve));
  return {
    // Hundreds of event streams may start at once, and each reads its run from the log.
    ready: turn,
    // The calls of a batch run one after the other: in parallel each could hold a part of the memory and none complete.
    answer(call) {
      const answered = last.then(turn).then(() => call(memory.answer()));
      last = answered.catch(() => undefined);
      return answered;
    },
    openSubscription(kind) {
      const charge = chargeStream(account);
      meter?.count(kind, 'http', 1);
      let isOpen = true;
      return () => {
        charge.release();
        if (isOpen) meter?.count(kind, 'http', -1);
        isOpen = false;
      };
    },
  };
}

export function createHttpEndpoint(options: HttpEndpointOptions): HttpEndpoint {
  const { router, authenticateCaller, clock, limits, account, turns } = options;
  const addressOf = options.addressOf ?? (({ socket }) => socket.remoteAddress);
  const identityOf = options.identityOf ?? createCallerIdentities({ live: createLiveIdentities({ clock }) });
  const bodyOf = reportedPlainError(options.onRejected);
  const streams = new Set<ServerResponse>();
  const onError = createCallErrorReporter(options);

  return {
    answer(request, response, path) {
      const arrived = chargeBody(request, response, { account, clock, limits, turns, bodyOf });
      if (arrived === undefined) return;
      const memory = options.createAnswerMemory();
      response.once('close', () => memory.release());
      let hasEnded = false;
      void nodeHTTPRequestHandler({
        router,
        req: request,
        res: response,
        path,
        maxBodySize: limits.maxMessageBytes,
        maxBatchSize: limits.maxHttpBatchSize,
        createContext: async ({ info }): Promise<Context> => {
          const identity = identityOf(await authenticateCaller(request, info.connectionParams), {
            address: addressOf(request),
            // A call is answered as the caller that it was made by; an event stream must not go on.
            onEnd() {
              hasEnded = true;
              if (streams.has(response)) response.destroy();
            },
          });
          if (response.destroyed) identity.release();
          else response.once('close', () => identity.release());
          await arrived;
          const called = (input: unknown) => options.accessLog?.called(request, input);
          return { identity, connection: { ...httpConnection(memory, options), called } };
        },
        responseMeta: ({ type, eagerGeneration }) => {
          const isStream = type === 'subscription' && eagerGeneration;
          if (isStream) watchStream(response);
          if (isStream && hasEnded) response.destroy();
          // Appended to tRPC's own headers; the response varies by Origin because of CORS.
          const headers = new Headers({ vary: 'Origin' });
          if (isStream) headers.set('cache-control', 'no-store');
          return { headers };
        },
        onError: (event) => onError({ ...event, requestId: options.accessLog?.requestId(request) }),
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
