import type { IncomingMessage, ServerResponse } from 'node:http';
import { contract } from '@stagewire/shared/contract';
import { RunId } from '@stagewire/shared/primitives';
import { getTRPCErrorFromUnknown } from '@trpc/server';
import { toStagewireError } from '../api/wire-error.ts';
import type { CallerIdentity } from '../identity/caller-identity.ts';
import type { Principal } from '../identity/principal.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { RandomSource } from '../runtime/random.ts';

export interface AccessLogOptions {
  /** Which requests and calls are logged: none, those that fail, or all. @default off */
  readonly accessLog?: 'off' | 'errors' | 'all' | undefined;
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly random: Pick<RandomSource, 'uuid'>;
  readonly logger: Logger;
  /** Does a request come from a trusted proxy, whose request ids are kept? @default none does */
  readonly isFromProxy?: ((request: IncomingMessage) => boolean) | undefined;
  /** The address of a client. @default that of the peer */
  readonly addressOf?: ((request: IncomingMessage) => string | undefined) | undefined;
}

/** A call on a WebSocket. */
interface ObservedCall {
  readonly type: string;
  readonly path: string;
  readonly input: unknown;
}

/** One WebSocket. */
export interface ConnectionAccess {
  /** The id of its upgrade request. */
  readonly requestId: string;
  /** Returns what is called when the call is answered, or the subscription ends; with an error if it failed. */
  call(call: ObservedCall, identity: () => CallerIdentity | undefined): (error?: unknown) => void;
}

/**
 * Ids of requests, and a line in the log for each request and each call. A line has no text of a client: no path but that
 * of a known route, no name but that of a known procedure, no header. So it cannot have a prompt or a secret.
 */
export interface AccessLog {
  /** The id of a request: that of a trusted proxy, or a new one. */
  requestId(request: IncomingMessage): string;
  /** Logs a request when its response ends. @param route Called then. */
  request(request: IncomingMessage, response: ServerResponse, route: () => string | undefined): void;
  /** Logs the request for a WebSocket when it is answered. @param answered.route If the request has named it. */
  upgraded(
    request: IncomingMessage,
    answered: { readonly status: number; readonly route: string | undefined },
  ): void;
  /** Names who has sent a request. */
  identified(request: IncomingMessage, principal: Principal): void;
  /** Names the run that a request is for. @param input That of the call, which was not validated. */
  called(request: IncomingMessage, input: unknown): void;
  /** `undefined` if calls are not logged. */
  connection(request: IncomingMessage): ConnectionAccess | undefined;
}

/** What proxies send: enough for a UUID or a trace id, and nothing that needs quoting. */
const requestIdShape = /^[\w.:-]{8,64}$/;

interface Known {
  readonly id: string;
  principal?: Principal;
  runId?: string | undefined;
}

export function createAccessLog(options: AccessLogOptions): AccessLog {
  const { accessLog: mode = 'off', clock, random, logger } = options;
  const { isFromProxy = () => false, addressOf = ({ socket }) => socket.remoteAddress } = options;
  const requests = new WeakMap<IncomingMessage, Known>();

  function knownOf(request: IncomingMessage): Known {
    const known = requests.get(request);
    if (known !== undefined) return known;
    const header = request.headers['x-request-id'];
    const isKept = typeof header === 'string' && requestIdShape.test(header) && isFromProxy(request);
    const made = { id: isKept ? header : random.uuid() };
    requests.set(request, made);
    return made;
  }

  function write(isFailed: boolean, fields: Readonly<Record<string, unknown>>): void {
    if (mode === 'all' || isFailed) logger.info({ access: true, ...fields }, 'request');
  }

  return {
    requestId: (request) => knownOf(request).id,
    request(request, response, route) {
      if (mode === 'off') return;
      const startMs = clock.elapsed();
      response.once('close', () => {
        const { id, principal, runId } = knownOf(request);
        const { statusCode: status } = response;
        const pattern = route();
        write(status >= 400 || !response.writableFinished, {
          requestId: id,
          wire: 'http',
          method: request.method,
          route: pattern ?? 'unknown',
          procedures: pattern === '/trpc/*' ? proceduresOf(request.url) : undefined,
          status,
          // The client has disconnected, or the server has cut an event stream.
          isCut: response.writableFinished ? undefined : true,
          durationMs: Math.round(clock.elapsed() - startMs),
          ...who(principal),
          runId,
          address: addressOf(request),
        });
      });
    },
    upgraded(request, { status, route = 'unknown' }) {
      if (mode === 'off') return;
      write(status >= 400, {
        requestId: knownOf(request).id,
        wire: 'http',
        method: request.method,
        route,
        status,
        address: addressOf(request),
      });
    },
    identified(request, principal) {
      if (mode !== 'off') knownOf(request).principal = principal;
    },
    called(request, input) {
      if (mode !== 'off') knownOf(request).runId ??= runIdIn(input);
    },
    connection(request) {
      if (mode === 'off') return undefined;
      // Not the request itself: a connection may last for days.
      const requestId = knownOf(request).id;
      const address = addressOf(request);
      let calls = 0;
      return {
        requestId,
        call({ type, path, input }, identity) {
          const startMs = clock.elapsed();
          const runId = runIdIn(input);
          const number = (calls += 1);
          return (error) => {
            const caller = identity()?.caller;
            write(error !== undefined, {
              requestId: `${requestId}/${number}`,
              wire: 'websocket',
              type,
              procedures: [knownProcedure(path)],
              code: error === undefined ? 'OK' : toStagewireError(getTRPCErrorFromUnknown(error)).code,
              durationMs: Math.round(clock.elapsed() - startMs),
              ...who(caller?.status === 'accepted' ? caller.principal : undefined),
              runId,
              address,
            });
          };
        },
      };
    },
  };
}

function who(principal: Principal | undefined) {
  return { owner: principal?.owner, actor: principal?.actor.id };
}

/** @param url As in `/trpc/runs.get,runs.list?batch=1`. */
function proceduresOf(url = ''): string[] {
  const path = url.slice('/trpc/'.length).split('?', 1)[0] ?? '';
  return path.split(',', maxShown).map(knownProcedure);
}

/** Procedures of a batch in one line. */
const maxShown = 8;

function knownProcedure(path: string): string {
  return Object.hasOwn(contract, path) ? path : 'unknown';
}

function runIdIn(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || !('runId' in input)) return undefined;
  return RunId.safeParse(input.runId).data;
}
