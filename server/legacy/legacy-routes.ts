import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorTable, type StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { FastifyReply } from 'fastify';
import type { LegacyFrame, LegacyStreams } from './legacy-streams.ts';
import { toStagewireError } from '../api/wire-error.ts';
import type { Clock } from '../runtime/clock.ts';
import type { MemoryAccount } from '../runtime/memory-account.ts';
import { chargeBody } from '../transport/http/body-charge.ts';
import { readBody } from '../transport/http/read-body.ts';
import { chargeStream } from '../transport/http/stream-charge.ts';
import { createCallErrorReporter } from '../transport/call-errors.ts';
import type { OnInternalError } from '../transport/call-errors.ts';
import type { Identify } from '../identity/identify.ts';
import type { LiveIdentities } from '../identity/live-identities.ts';
import { localPrincipal } from '../identity/principal.ts';
import type { HttpServerOptions, SharedWithRoutes } from '../transport/http/http-server.ts';
import type { TransportLimits } from '../transport/limits.ts';
import { parseExactJson } from './parse-exact-json.ts';
import { plainError, type OnRejected } from '../transport/plain-error.ts';

export interface LegacyRoutesOptions {
  readonly streams: LegacyStreams;
  /** The same as for `/trpc`, without connection parameters. @default every caller is `local` */
  readonly identify?: Identify | undefined;
  /** Ends the event streams of identities that end. @default none end */
  readonly live?: LiveIdentities | undefined;
  readonly clock: Clock;
  readonly account: MemoryAccount;
  readonly limits: Pick<TransportLimits, 'maxMessageBytes' | 'freeMessageBytes' | 'messageIdleMs'>;
  readonly onInternalError: OnInternalError;
  /** Called with the code of each error that a client gets. @default not called */
  readonly onRejected?: OnRejected | undefined;
}

/** The routes of the legacy API: a task in, its events out. Cursors are event ids, so that `EventSource` resumes. */
export function createLegacyRoutes(
  options: LegacyRoutesOptions,
): NonNullable<HttpServerOptions['addRoutes']> {
  const { streams, clock, identify = () => localPrincipal } = options;
  const reportInternal = createCallErrorReporter(options);
  const open = new Set<ServerResponse>();

  async function start(
    request: IncomingMessage,
    reply: FastifyReply,
    { turns, identified }: SharedWithRoutes,
  ): Promise<unknown> {
    const { account, limits } = options;
    // The body that `chargeBody` counts is read in the same turn.
    const principal = await identify(request, null);
    identified(request, principal);
    const arrived = chargeBody(request, reply.raw, { account, clock, limits, turns, bodyOf: legacyError });
    if (arrived === undefined) return reply.hijack();
    const body = await readBody(request, limits.maxMessageBytes);
    await arrived;
    const { runId, task } = await streams.start(parseJson(body), principal);
    return reply.send({
      stream_id: runId,
      task,
      status: 'initializing',
      created_at: new Date(clock.now()).toISOString(),
    });
  }

  async function stream(
    request: IncomingMessage,
    reply: FastifyReply,
    wanted: { readonly runId: string; readonly lastEventId: string | undefined } & Pick<
      SharedWithRoutes,
      'identified'
    >,
  ): Promise<unknown> {
    const disconnected = new AbortController();
    const charge = chargeStream(options.account);
    reply.raw.once('close', () => {
      charge.release();
      disconnected.abort();
    });
    const principal = await identify(request, null);
    wanted.identified(request, principal);
    const holder = { principal, end: () => reply.raw.destroy() };
    const identity = {
      get caller() {
        return { status: 'accepted', principal: holder.principal } as const;
      },
    };
    options.live?.watch(holder);
    disconnected.signal.addEventListener('abort', () => options.live?.release(holder), { once: true });
    if (disconnected.signal.aborted) options.live?.release(holder);
    const steps = await streams.events(wanted, { principal, identity, signal: disconnected.signal });
    if (disconnected.signal.aborted) return reply.hijack();
    // 204 stops an EventSource from reconnecting.
    if (steps === undefined) return reply.code(204).send();
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      // `no-transform`: a compressing proxy would buffer the events.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    request.socket.setNoDelay(true);
    open.add(reply.raw);
    try {
      await send(steps, reply.raw, disconnected.signal);
    } catch (error) {
      // A client that has disconnected gets no error; a connected one resumes with its last id.
      if (!disconnected.signal.aborted) report(error, '/api/stream/events');
      reply.raw.destroy();
    } finally {
      open.delete(reply.raw);
    }
    return reply;
  }

  function report(error: unknown, path: string | undefined): void {
    reportInternal({ error: getTRPCErrorFromUnknown(error), path });
  }

  async function answered(reply: FastifyReply, answer: () => Promise<unknown>): Promise<unknown> {
    try {
      return await answer();
    } catch (error) {
      // A client that disconnects during a request makes it fail; that is not a defect.
      if (reply.raw.destroyed || reply.raw.headersSent) return reply.hijack();
      report(error, reply.request.routeOptions.url);
      const refusal = toStagewireError(getTRPCErrorFromUnknown(error));
      const status = getHTTPStatusCodeFromError(new TRPCError({ code: errorTable[refusal.code].trpc }));
      return reply.code(status).send(legacyError(refusal));
    }
  }

  return (app, shared) => {
    const { identified } = shared;
    // Aborted like every stream, not ended; an open one would delay the close by its whole grace period.
    app.addHook('preClose', (done) => {
      for (const response of open) response.destroy();
      done();
    });
    app.post('/api/stream/task', (request, reply) =>
      answered(reply, () => start(request.raw, reply, shared)),
    );
    app.get<{ Params: { streamId: string }; Querystring: { lastEventId?: string } }>(
      '/api/stream/events/:streamId',
      // HEAD on a stream would only hang.
      { exposeHeadRoute: false },
      (request, reply) => {
        const header = request.headers['last-event-id'];
        const given = typeof header === 'string' ? header : request.query.lastEventId;
        // An empty id means none, as in the HTML standard.
        const wanted = {
          runId: request.params.streamId,
          lastEventId: given === '' ? undefined : given,
          identified,
        };
        return answered(reply, () => stream(request.raw, reply, wanted));
      },
    );
  };
}

/**
 * Sends the steps as fast as they are read. @throws the error that ended them, or an AbortError; the response
 * is not ended then.
 */
async function send(
  steps: AsyncGenerator<LegacyFrame, void, void>,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  for await (const { cursor, events } of steps) {
    const frames = events.map(({ event, data }, index) => {
      // Only the last frame of a step has its id: a client that received a part of the step must get all of it again.
      const id = index === events.length - 1 ? `id: ${cursor}\n` : '';
      return `event: ${event}\n${id}data: ${JSON.stringify(data)}\n\n`;
    });
    if (!response.write(frames.join(''))) await once(response, 'drain', { signal });
  }
  response.end();
}

/** Clients of the legacy API read the message from `detail`. */
function legacyError(error: StagewireError): object {
  return { detail: error.message, ...plainError(error) };
}

/** @throws StagewireError INVALID_INPUT. */
function parseJson(body: Buffer): unknown {
  try {
    return parseExactJson(body.toString('utf8'));
  } catch (error) {
    throw error instanceof RangeError
      ? wireErrors.INVALID_INPUT.nestedTooDeeply(error)
      : wireErrors.INVALID_INPUT.notJson('the body cannot be parsed', error);
  }
}
