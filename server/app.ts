import { defaultLimits, PROTOCOL_VERSION, type ServerInfo } from '@stagewire/shared';
import { PROTOCOL_HASH } from '@stagewire/shared/protocol-hash';
import { openAuthentication } from './identity/authentication.ts';
import type { Identify } from './identity/identify.ts';
import { loadJwt } from './identity/jwt/load-jwt.ts';
import { openFileAccess } from './identity/open-file-access.ts';
import { authenticationNotes } from './process/authentication-notes.ts';
import { accessPathOf } from './identity/keys/open-access-database.ts';
import { createLegacyStreams } from './legacy/legacy-streams.ts';
import { createRouter } from './api/router.ts';
import type { Config } from './process/config.ts';
import { drain } from './process/drain.ts';
import { keyNotes } from './process/key-places.ts';
import { openLog, type Build } from './open-log.ts';
import { openTraces, traceNotes } from './open-traces.ts';
import { createTails } from './delivery/tails.ts';
import { createMeters } from './meters.ts';
import { roles } from './pipeline/roles.ts';
import { chooseModel, type ModelChoice } from './providers/choose-model.ts';
import { createModelCatalogue, defaultModelListOptions } from './providers/model-catalogue.ts';
import { createRegistry } from './providers/registry.ts';
import { costOf } from './providers/price-list.ts';
import { priceNotes } from './process/price-notes.ts';
import { createReadiness } from './process/readiness.ts';
import type { RunOptions } from './process/run-options.ts';
import { openLimits } from './open-limits.ts';
import { secretBytes, systemRandom, type RandomSource } from './runtime/random.ts';
import { systemClock, type Clock } from './runtime/clock.ts';
import { quietLogger, type Logger } from './runtime/logger.ts';
import { createLoopDelay } from './runtime/loop-delay.ts';
import { createMemoryAccount, defaultMemoryBytes, memoryLimitsOf } from './runtime/memory-account.ts';
import { createLogWatch } from './runs/execute/log-watch.ts';
import { createExecutorFactory } from './runs/execute/run-executor.ts';
import { createOutputCharge } from './runs/execute/output-charge.ts';
import { createHandOver } from './runs/hand-over.ts';
import { createLogAdmission } from './runs/log-admission.ts';
import { createRetention } from './runs/retention.ts';
import { createSharedRuns } from './runs/shared-runs.ts';
import { createSupervisor } from './runs/supervisor.ts';
import { createAccessLog } from './transport/access-log.ts';
import { logInternalErrors } from './transport/call-errors.ts';
import { consoleFolder, createConsoleRoutes } from './transport/http/console-routes.ts';
import { createMetricsRoutes } from './transport/http/metrics-routes.ts';
import { openMetricsServer } from './transport/http/metrics-server.ts';
import { createSignInRoutes } from './transport/http/sign-in-routes.ts';
import { createHttpServer } from './transport/http/http-server.ts';
import { createLegacyRoutes } from './legacy/legacy-routes.ts';
import type { TransportLimits } from './transport/limits.ts';
import { createLiveIdentities } from './identity/live-identities.ts';
import { createMergeWindow } from './delivery/merge-window.ts';
import { serverUrl } from './process/server-url.ts';
import { version } from './process/version.ts';

export interface AppOptions {
  readonly config: Config;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** @default logs nothing */
  readonly logger?: Logger;
  readonly runs?: Partial<RunOptions>;
  readonly transport?: Partial<TransportLimits>;
  /** Memory budget of runs, requests, answers and streams together, in bytes. @default a quarter of the heap */
  readonly memoryBytes?: number;
  /** How long deltas may be delayed for coalescing; called each time. @default depends on the load of the event loop */
  readonly mergeWindowMs?: () => number;
  /** Another version of this program, for tests of upgrades. @default this one */
  readonly build?: Build;
  /** Authenticates callers, on every route, instead of `config.auth`. @default as `config.auth` says */
  readonly identify?: Identify;
}

/** A running server. */
export interface App {
  /** Its base URL with the base path, as in `http://127.0.0.1:4600`. */
  readonly url: string;
  /** Where metrics are served on a port of their own. */
  readonly metricsUrl: string | undefined;
  /** Lines for the operator: which model was chosen and why, and which host receives which key. */
  readonly notes: readonly string[];
  readonly models: ModelChoice;
  /**
   * Stops without losing events and notifies clients: see `drain.ts`. Resolves with false if `config.drainMs`
   * was not enough to close every socket; all output is committed even then.
   */
  drain(): Promise<boolean>;
  /** Closes everything; the next start recovers live runs. Idempotent. */
  close(): Promise<void>;
}

/**
 * Assembles and starts a server: the only place that names concrete parts.
 *
 * @throws DataDirError, LogUnusable, DatabaseUnusable, ModelChoiceError, or the system's error for a port that is in use.
 * Whatever was opened before is closed again.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, clock: systemTime = systemClock, random = systemRandom, logger = quietLogger } = options;
  const { basePath = '' } = config;
  await using opened = new AsyncDisposableStack();

  const meters = createMeters();
  const { onFlush, onRejected, appendMeter, counted, subscribers: meter } = meters;
  const { build = { version } } = options;
  const shared = await openLog({ config, clock: systemTime, random, logger, build, onFlush });
  opened.use(shared);
  const { log, dataDir, clock } = shared;
  const jwt = options.identify === undefined ? await loadJwt(config.jwt, { clock, logger }) : undefined;
  opened.defer(() => jwt?.close());
  const authentication = await openAuthentication({
    methods: options.identify === undefined ? config.auth : [],
    openAccess:
      shared.openAccess ??
      (() => openFileAccess({ path: accessPathOf(config.dataDir), clock, logger, randomBytes: secretBytes })),
    jwt,
    sharedRuns: createSharedRuns(log),
    localOwner: config.localOwner,
    publicUrl: config.publicUrl,
    sessionMs: config.sessionMs,
    proxy: config.proxy,
    clock,
    logger,
    onFailure: meters.onSignInFailure,
  });
  opened.defer(() => authentication?.close());
  const { identifyToken, live = createLiveIdentities({ clock }), keys, linkToken } = authentication ?? {};
  const auditTrail = shared.auditTrail ?? authentication?.auditTrail;
  /** Where browsers reach the console. Calls are answered only when the server listens. */
  const publicUrl = () => config.publicUrl ?? url;
  opened.defer(() => live.close());
  const identify = options.identify ?? authentication?.identify;
  const counting = { clock, log, shared: shared.cluster?.limits, onRefused: meters.onLimit };
  const { runOptions, transportLimits, limits } = openLimits(options, counting);
  const { providers: settings, secrets = [], prices, heartbeatMs } = config;
  const registry = createRegistry({ ...runOptions, clock, random, settings, secrets, logger });
  opened.defer(() => registry.close());

  const catalogue = createModelCatalogue({ settings, clock, logger, registry });
  const { listModels } = catalogue;
  const models = await chooseModel({ models: config.models, settings, listModels });
  const defaults = { default: models.default, ...models.perRole };
  void registry.load(Object.values(defaults));
  const account = createMemoryAccount(memoryLimitsOf(options.memoryBytes ?? defaultMemoryBytes()));
  const logWatch = createLogWatch({ log, clock, logRetryMs: runOptions.logRetryMs });
  const handOver = createHandOver();
  const createExecutor = createExecutorFactory({
    ...runOptions,
    appendMeter,
    counted,
    meterOf: meters.callMeters([...Object.values(defaults), ...(prices?.models.keys() ?? [])]),
    log,
    clock,
    random,
    logger,
    logWatch,
    heartbeatMs,
    deltaHoldMs: shared.deltaHoldMs,
    chargeUnwritten: createOutputCharge(account),
    holdsCall: (runId) => handOver.holdsCall(runId),
    resolveModel: (modelRef) => registry.resolve(modelRef),
    limitsOf: (modelRef) =>
      registry.findProblem(modelRef) === undefined ? registry.limitsOf(modelRef) : undefined,
    prices,
    ...(prices === undefined ? {} : { costOf: (modelRef, usage) => costOf(prices, modelRef, usage) }),
  });
  const supervisor = createSupervisor({
    ...runOptions,
    appendMeter,
    account,
    log,
    clock,
    random,
    logger,
    logWatch,
    createExecutor,
    heartbeatMs,
    limits,
    cluster: meters.measured(shared.cluster, clock),
    handOver,
    offsetClock: shared.offsetClock,
    logStalledMs: shared.stalledMs,
    checkLog: createLogAdmission({ ...runOptions, writeMs: shared.writeMs }),
    models: defaults,
    settings: config.settings,
    prices,
    findModelProblem: (modelRef) => registry.findProblem(modelRef),
  });
  opened.defer(() => supervisor.stop());

  const info = (): Omit<ServerInfo, 'you'> => ({
    version: build.version,
    protocolVersion: PROTOCOL_VERSION,
    protocolHash: PROTOCOL_HASH,
    features: ['steer', 'redirect', 'cancel', 'feed', 'resume', 'from'],
    roles: roles.map(({ role, format }) => ({ role, format })),
    models: defaults,
    realModel: models.realModel,
    ...(prices === undefined ? {} : { prices: { date: prices.date, currency: prices.currency } }),
    limits: { ...defaultLimits, ...runOptions, ...transportLimits, ...defaultModelListOptions },
    heartbeatMs,
    now: new Date(clock.now()).toISOString(),
    auth: [...(authentication?.methods ?? [])],
    ...(authentication?.oidc !== undefined && { oidc: authentication.oidc }),
  });
  const tails = createTails(log, { clock, pagesAtOnce: shared.pagesAtOnce });
  const mergeWindowMs = options.mergeWindowMs ?? createMergeWindow({ clock });
  const readiness = createReadiness({ log, clock, nodeStatus: () => supervisor.stats().node });
  const traces = opened.use(await openTraces(config.traces, { ...shared, random, logger, build }));
  const retention = createRetention({
    ...config,
    log,
    clock,
    logger,
    hasSubscribers: tails.hasSubscribers,
    withSweepLock: shared.cluster?.ownership.withSweepLock,
  });
  opened.defer(() => retention.stop());
  const loopDelay = createLoopDelay({ clock });
  opened.defer(() => loopDelay.stop());
  const stats = () => supervisor.stats();
  const metrics = meters.page({
    clock,
    logger,
    account,
    loopDelay,
    version,
    stats,
    traceStats: traces && (() => traces.stats()),
    callStats: () => registry.callStats(),
    connectionCount: () => http.connectionCount,
    shared: shared.stats && { ...shared.stats, nodeStatus: () => stats().node },
  });
  const forStreams = { runs: supervisor, limits, log, tails, heartbeatMs, logger, meter, auditTrail };
  const http = createHttpServer({
    router: createRouter({
      ...forStreams,
      info,
      quotas: (owner) => limits.quotas(owner, supervisor.counts),
      listModels: catalogue.list,
      mergeWindowMs,
      keys,
      exportRuns: traces?.exportRuns,
      linkUrl: linkToken && ((link) => `${publicUrl()}/runs/${link.runId}#share=${linkToken(link)}`),
    }),
    protocolHash: PROTOCOL_HASH,
    basePath,
    clock,
    logger,
    account,
    isReady: () => readiness.isReady(),
    readinessChecks: () => readiness.checks(),
    onRejected,
    accessLog: createAccessLog({ ...config, ...authentication, clock, random, logger }),
    meter,
    loopDelay,
    startsClosed: true,
    ...(identify === undefined ? {} : { identify }),
    identifyToken,
    addressOf: authentication?.addressOf,
    isFromProxy: authentication?.isFromProxy,
    live,
    admission: { hosts: config.hosts, ...(config.origins.length > 0 && { origins: config.origins }) },
    limits: transportLimits,
    ownerLimits: limits,
    addRoutes(fastify, shared) {
      createLegacyRoutes({
        identify,
        live,
        streams: createLegacyStreams({ ...forStreams, account }),
        clock,
        account,
        limits: transportLimits,
        onInternalError: logInternalErrors(logger),
        onRejected,
      })(fastify, shared);
      createMetricsRoutes({ page: metrics, ...shared })(fastify);
      if (authentication !== undefined) {
        const onInternalError = logInternalErrors(logger);
        const ofPage = { publicUrl: config.publicUrl, basePath, logger, onInternalError, onRejected };
        createSignInRoutes({ ...authentication, ...ofPage, identified: shared.identified })(fastify);
      }
      createConsoleRoutes({ folder: consoleFolder })(fastify);
    },
  });
  opened.defer(() => http.close());
  // Steps that can fail come first: a failed start must not have written to any run.
  const url = serverUrl(await http.listen({ host: config.host, port: config.port })) + basePath;
  const metricsServer = config.metrics && (await openMetricsServer({ ...config.metrics, page: metrics }));
  opened.defer(() => metricsServer?.close());
  const metricsUrl = metricsServer && `${serverUrl(metricsServer.address)}/metrics`;
  await supervisor.load();
  await dataDir?.writeServerJson({
    url,
    pid: process.pid,
    startedAt: new Date(clock.now()).toISOString(),
  });
  await supervisor.recover();
  http.open();

  retention.start();
  traces?.start();

  const kept = opened.move();
  const close = () => kept.disposeAsync();
  return {
    url,
    notes: [
      ...models.notes,
      ...keyNotes(config.providers),
      ...(await authenticationNotes(authentication)),
      ...priceNotes(prices, defaults),
      ...traceNotes(config.traces),
      ...(config.notes ?? []),
      ...(metricsUrl === undefined ? [] : [`Metrics: ${metricsUrl} (without authentication)`]),
    ],
    metricsUrl,
    models,
    drain: () => drain({ readiness, supervisor, http, clock, deadlineMs: config.drainMs, close }),
    close,
  };
}
