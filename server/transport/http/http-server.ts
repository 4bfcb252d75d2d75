import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { StagewireRouter } from '../../api/router.ts';
import type { SubscriberMeter } from '../../delivery/subscriber-meter.ts';
import type { Clock } from '../../runtime/clock.ts';
import { quietLogger } from '../../runtime/logger.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createMemoryAccount, defaultMemoryBytes, memoryLimitsOf } from '../../runtime/memory-account.ts';
import type { MemoryAccount } from '../../runtime/memory-account.ts';
import { createTurnBudget, type TurnBudget } from '../../runtime/turn-budget.ts';
import type { AccessLog } from '../access-log.ts';
import { createAdmission, type AdmissionOptions } from '../admission.ts';
import { logInternalErrors, type OnInternalError } from '../call-errors.ts';
import { createAuthenticator } from '../caller.ts';
import { createCallerIdentities } from '../../identity/caller-identity.ts';
import type { Identify, IdentifyToken } from '../../identity/identify.ts';
import { createLiveIdentities, type LiveIdentities } from '../../identity/live-identities.ts';
import { limitIdentities } from '../../limits/limited-identities.ts';
import { createAnswerMemoryFactory } from '../answer-memory.ts';
import { chargeHeaders } from '../header-charge.ts';
import { createHttpEndpoint } from './http-endpoint.ts';
import { createPipeliningGuard } from './pipelining-guard.ts';
import { reportedPlainError, type OnRejected } from '../plain-error.ts';
import { createRejectionLog } from '../rejection-log.ts';
import { createHealthRoutes, type HealthOptions } from './health-routes.ts';
import { rewriteUrl } from './base-path-rewrite.ts';
import { createInternalsAccess } from './internals-access.ts';
import { createMetricsAccess } from './metrics-access.ts';
import { answerPreflight } from './preflight-headers.ts';
import { lingerForBody } from './linger.ts';
import { cutStalledResponse } from './stalled-response.ts';
import { resolveTransportLimits, type TransportLimits } from '../limits.ts';
import { createWsEndpoint } from '../trpc-ws/ws-endpoint.ts';

export interface HttpServerOptions extends HealthOptions {
  readonly router: StagewireRouter;
  /** The hash of the contract, as in `server.info`. */
  readonly protocolHash: string;
  readonly clock: Clock;
  /** The path below which everything is served, without a slash at its end. @default '': the root */
  readonly basePath?: string | undefined;
  /** @default logs nothing */
  readonly logger?: Logger;
  /** @default logs it as an error */
  readonly onInternalError?: OnInternalError;
  /** @default every caller is the anonymous `local` */
  readonly identify?: Identify;
  /** Authenticates open connections again. @default the token of a refresh is ignored */
  readonly identifyToken?: IdentifyToken | undefined;
  /** The address of a client, for limits. @default that of the peer */
  readonly addressOf?: ((request: IncomingMessage) => string | undefined) | undefined;
  /** Does a request come from a known proxy? @default only if it has a header that proxies add */
  readonly isFromProxy?: ((request: IncomingMessage) => boolean) | undefined;
  /** Closes connections whose identity ends. @default only those that expire */
  readonly live?: LiveIdentities | undefined;
  /** Which origins may connect, and the names of the server. */
  readonly admission?: AdmissionOptions;
  /** @default an own account of a quarter of the heap */
  readonly account?: MemoryAccount;
  /** @default defaultTransportLimits */
  readonly limits?: Partial<TransportLimits>;
  /** @default owners are not limited */
  readonly ownerLimits?: Parameters<typeof limitIdentities>[1];
  /** Answers 503 to everything but `/healthz` until `open` is called. @default false */
  readonly startsClosed?: boolean;
  /**
   * Adds routes in addition to `/trpc`, `/healthz` and `/readyz`: the console, metrics. Called once, before `listen`.
   */
  readonly addRoutes?: (app: FastifyInstance, shared: SharedWithRoutes) => void;
  /** Called with the code of each error that a client gets. @default not called */
  readonly onRejected?: OnRejected | undefined;
  /** Counts subscriptions. @default they are not counted */
  readonly meter?: Pick<SubscriberMeter, 'count'> | undefined;
  /** Gives requests their ids, and logs them. @default they have none, and nothing is logged */
  readonly accessLog?: AccessLog | undefined;
}

/** What added routes have in common with the others. */
export interface SharedWithRoutes {
  readonly turns: TurnBudget;
  /** The body of a rejection before any procedure. */
  readonly refusalBody: (error: StagewireError) => object;
  /** Why a request may not read the metrics; `undefined` if it may. */
  readonly refusalToMetrics: (request: IncomingMessage) => Promise<StagewireError | undefined>;
  /** Called with who has sent a request. */
  readonly identified: AccessLog['identified'];
}

/** The single port: tRPC over WebSocket and HTTP, health, and added routes. */
export interface HttpServer {
  /** @throws Error if the port is taken. */
  listen(options: { readonly host: string; readonly port: number }): Promise<AddressInfo>;
  /** Requests are answered from now on. */
  open(): void;
  /** Open WebSockets. */
  readonly connectionCount: number;
  /** Unsent bytes of all WebSockets together. */
  readonly unsentBytes: number;
  /**
   * Asks every WebSocket client to reconnect, evenly over `spreadMs`. HTTP clients notice when their streams
   * are destroyed.
   */
  announceReconnect(spreadMs: number): void;
  /** Rejects every further WebSocket with 503: it would only be closed a moment later. */
  refuseWebSockets(): void;
  /** Closes every connection within `closeGraceMs`. No subscription completes. */
  close(): Promise<void>;
}

const trpcPath = '/trpc';

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { router, clock, basePath = '', logger = quietLogger, accessLog } = options;
  const limits = resolveTransportLimits(options.limits);
  const onInternalError = options.onInternalError ?? logInternalErrors(logger);
  const admission = createAdmission(options.admission);
  const logRejection = createRejectionLog({ logger });
  const authenticateCaller = createAuthenticator({
    identify: options.identify,
    protocolHash: options.protocolHash,
    logger,
    onIdentified: accessLog?.identified,
  });
  const live = options.live ?? createLiveIdentities({ clock });
  const { identifyToken, ownerLimits } = options;
  const identityOf = limitIdentities(createCallerIdentities({ live, identifyToken }), ownerLimits);
  const account = options.account ?? createMemoryAccount(memoryLimitsOf(defaultMemoryBytes()));
  const createAnswerMemory = createAnswerMemoryFactory({ account, clock, limits });
  const mayReadInternals = createInternalsAccess({ ...options, authenticateCaller });
  const refusalToMetrics = createMetricsAccess({ ...options, authenticateCaller });
  const refusalBody = reportedPlainError(options.onRejected);
  const turns = createTurnBudget({ clock });
  const shared = {
    router,
    authenticateCaller,
    identityOf,
    addressOf: options.addressOf,
    clock,
    limits,
    onInternalError,
    onRejected: options.onRejected,
    meter: options.meter,
    accessLog,
    account,
    createAnswerMemory,
    turns,
  };
  let isOpen = options.startsClosed !== true;
  const http = createHttpEndpoint(shared);
  const ws = createWsEndpoint({
    ...shared,
    logger,
    admission,
    logRejection,
    path: trpcPath,
    shownPath: `${basePath}${trpcPath}`,
    isOpen: () => isOpen,
  });

  const app = createApp();
  app.server.maxConnections = limits.maxConnections;
  app.server.on('connection', () => turns.accepted());
  app.server.on('upgrade', (request, socket, head) => {
    const target = rewriteUrl(request, basePath);
    request.url = target.status === 'inside' ? target.url : '/';
    ws.upgrade(request, socket, head);
  });

  return {
    async listen({ host, port }) {
      await app.listen({ host, port });
      return app.server.address() as AddressInfo;
    },
    open() {
      isOpen = true;
    },
    get connectionCount() {
      return ws.connectionCount;
    },
    get unsentBytes() {
      return ws.unsentBytes;
    },
    announceReconnect: (spreadMs) => ws.announceReconnect(spreadMs),
    refuseWebSockets: () => ws.refuseUpgrades(),
    async close() {
      const sockets = ws.close();
      http.cutStreams();
      const cancel = clock.after(limits.closeGraceMs, () => app.server.closeAllConnections());
      await Promise.all([sockets, app.close()]);
      cancel();
    },
  };

  function createApp(): FastifyInstance {
    const strayed = new WeakMap<IncomingMessage, string | undefined>();
    const app = Fastify({
      rewriteUrl(request) {
        const target = rewriteUrl(request, basePath);
        if (target.status === 'inside') return target.url;
        strayed.set(request, target.status === 'redirect' ? target.location : undefined);
        return '/';
      },
      requestTimeout: limits.requestTimeoutMs,
      http: {
        headersTimeout: limits.headersTimeoutMs,
        maxHeaderSize: limits.maxHeaderBytes,
        // Node's check interval: a slow request is cut at most a third later than its timeout.
        connectionsCheckingInterval: Math.ceil(limits.headersTimeoutMs / 3),
        // Other upgrade requests (h2c, by curl) are answered as plain requests.
        shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
      },
      frameworkErrors: (_error, request, reply) => {
        prepare(request.raw, reply.raw);
        reply.hijack();
        reply.raw.writeHead(400, { 'content-type': 'application/json; charset=utf-8' });
        reply.raw.end(JSON.stringify(refusalBody(wireErrors.INVALID_INPUT.url())));
      },
    });

    const mayServe = createPipeliningGuard(limits.maxPipelinedRequests);
    app.addHook('onRequest', (request, reply, done) => {
      if (!mayServe(reply.raw)) {
        reply.hijack();
        return;
      }
      accessLog?.request(request.raw, reply.raw, () => request.routeOptions.url);
      const verdict = prepare(request.raw, reply.raw);
      const headers = chargeHeaders(request.raw, account);
      if (headers === undefined) {
        void reply
          .code(503)
          .header('retry-after', '1')
          .send(refusalBody(wireErrors.OVERLOADED.memory('headers')));
        return;
      }
      reply.raw.once('close', headers.release);
      if (!verdict.admitted) {
        void reply.code(verdict.status).send(refusalBody(verdict.error));
        return;
      }
      if (strayed.has(request.raw)) {
        const location = strayed.get(request.raw);
        if (location !== undefined) void reply.redirect(location, 308);
        else void reply.code(404).send(refusalBody(wireErrors.UNKNOWN_PROCEDURE.basePath(basePath)));
        return;
      }
      if (!isOpen && request.url !== '/healthz') {
        void reply.code(503).header('retry-after', '1').send(refusalBody(wireErrors.OVERLOADED.starting()));
        return;
      }
      if (!answerPreflight(request, reply)) done();
    });

    // tRPC reads bodies itself, with its own limit; no other route has one.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));

    createHealthRoutes({ ...options, account, mayReadInternals })(app);
    app.all(trpcPath, (_request, reply) => {
      // A client whose socket was rejected with 503 cannot see the reason, and asks here.
      if (ws.isRefusing) return reply.code(503).send(refusalBody(wireErrors.DRAINING()));
      return reply
        .code(426)
        .header('upgrade', 'websocket')
        .send(refusalBody(wireErrors.INVALID_INPUT.noProcedure()));
    });
    app.all(`${trpcPath}/*`, (request, reply) => {
      // tRPC's own adapter fails for a method that a Request cannot have, such as TRACE.
      if (!['GET', 'HEAD', 'POST'].includes(request.method)) {
        return reply
          .code(405)
          .header('allow', 'GET, HEAD, POST')
          .send(refusalBody(wireErrors.INVALID_INPUT.method(request.method)));
      }
      reply.hijack();
      const path = request.raw.url?.slice(trpcPath.length + 1).split('?', 1)[0] ?? '';
      http.answer(request.raw, reply.raw, path);
      return reply;
    });
    const identified = accessLog?.identified ?? (() => undefined);
    options.addRoutes?.(app, { turns, refusalBody, refusalToMetrics, identified });

    app.setNotFoundHandler((_request, reply) => {
      void reply.code(404).send(refusalBody(wireErrors.UNKNOWN_PROCEDURE.url()));
    });
    app.setErrorHandler((error, request, reply) => {
      const status = statusOf(error);
      if (status >= 500) onInternalError(error, { path: request.routeOptions.url });
      const answer = status >= 500 ? wireErrors.INTERNAL.call(error) : wireErrors.INVALID_INPUT.unreadable();
      void reply.code(status).send(refusalBody(answer));
    });
    return app;
  }

  /** Admits or rejects a request, and sets the headers common to all responses. */
  function prepare(request: IncomingMessage, response: ServerResponse) {
    const verdict = admission.decide(request);
    lingerForBody(request, response, { clock, limits, turns });
    cutStalledResponse(response, { clock, limits });
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('vary', 'Origin');
    if (accessLog !== undefined) response.setHeader('x-request-id', accessLog.requestId(request));
    if (!verdict.admitted) logRejection(request, verdict.error.message);
    if (verdict.origin !== undefined) {
      response.setHeader('access-control-allow-origin', verdict.origin);
    }
    return verdict;
  }
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
