import type { AddressInfo } from 'node:net';
import { defaultLimits, PROTOCOL_VERSION, type ServerInfo } from '@stagewire/shared';
import { PROTOCOL_HASH } from '@stagewire/shared/protocol-hash';
import { openAuthentication } from './identity/authentication.ts';
import type { Identify } from './identity/identify.ts';
import { authenticationNotes } from './process/authentication-notes.ts';
import { accessPathOf } from './identity/keys/open-access-database.ts';
import { createLegacyStreams } from './legacy/legacy-streams.ts';
import { createRouter } from './api/router.ts';
import type { Config } from './process/config.ts';
import { drain } from './process/drain.ts';
import { keyNotes } from './process/key-places.ts';
import { openDataDir, type DataDir } from './log/data-dir.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { OffsetClock } from './cluster/offset-clock.ts';
import type { EventLog } from './log/event-log.ts';
import { createMemoryLog } from './log/memory.ts';
import { createSqliteLog } from './log/sqlite.ts';
import { createTails } from './delivery/tails.ts';
import { roles } from './pipeline/roles.ts';
import { chooseModel, type ModelChoice } from './providers/choose-model.ts';
import { createRegistry } from './providers/registry.ts';
import { costOf } from './providers/price-list.ts';
import { priceNotes } from './process/price-notes.ts';
import { createReadiness } from './process/readiness.ts';
import { defaultRunOptions, type RunOptions } from './process/run-options.ts';
import { systemRandom, type RandomSource } from './runtime/random.ts';
import { systemClock, type Clock } from './runtime/clock.ts';
import { quietLogger, type Logger } from './runtime/logger.ts';
import { createLoopDelay } from './runtime/loop-delay.ts';
import { createMemoryAccount, defaultMemoryBytes, memoryLimitsOf } from './runtime/memory-account.ts';
import { createLogWatch } from './runs/execute/log-watch.ts';
import { createExecutorFactory } from './runs/execute/run-executor.ts';
import { createRetention } from './runs/retention.ts';
import { createSupervisor } from './runs/supervisor.ts';
import { logInternalErrors } from './transport/call-errors.ts';

import { consoleFolder, createConsoleRoutes } from './transport/http/console-routes.ts';
import { createHttpServer } from './transport/http/http-server.ts';
import { createLegacyRoutes } from './legacy/legacy-routes.ts';
import { resolveTransportLimits, type TransportLimits } from './transport/limits.ts';
import { createLiveIdentities } from './identity/live-identities.ts';
import { createMergeWindow } from './delivery/merge-window.ts';
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
  /** Authenticates callers, on every route, instead of `config.auth`. @default as `config.auth` says */
  readonly identify?: Identify;
}

/** A running server. */
export interface App {
  /** Its base URL, as in `http://127.0.0.1:4600`. */
  readonly url: string;
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
 * @throws DataDirError, LogUnusable, ModelChoiceError, or the system's error for a port that is in use.
 * Whatever was opened before is closed again.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, clock = systemClock, random = systemRandom, logger = quietLogger } = options;
  await using opened = new AsyncDisposableStack();

  const dataDir = config.log === 'sqlite' ? await openDataDir(config.dataDir) : undefined;
  if (dataDir !== undefined) opened.defer(() => dataDir.close());
  await dataDir?.expectLog();
  const { log, ...shared } = await openLog(dataDir, { clock, logger, config });
  opened.defer(() => log.close());
  await dataDir?.markLog(new Date(clock.now()).toISOString());
  const authentication = openAuthentication({
    methods: options.identify === undefined ? config.auth : [],
    accessPath: accessPathOf(config.dataDir),
    clock,
    logger,
  });
  opened.defer(() => authentication?.close());
  const { identifyToken, live = createLiveIdentities({ clock }), keys } = authentication ?? {};
  opened.defer(() => live.close());
  const identify = options.identify ?? authentication?.identify;
  const runOptions = { ...defaultRunOptions, ...options.runs };
  const { retryAfterCapMs } = runOptions;
  const { providers: settings, secrets = [], prices } = config;
  const registry = createRegistry({ clock, settings, secrets, retryAfterCapMs, logger });
  opened.defer(() => registry.close());

  const models = await chooseModel({
    models: config.models,
    settings: config.providers,
    listModels: (name, listing) => registry.listModels(name, listing),
  });
  const defaults = { default: models.default, ...models.perRole };
  const { heartbeatMs } = config;
  const transportLimits = resolveTransportLimits(options.transport);
  const account = createMemoryAccount(memoryLimitsOf(options.memoryBytes ?? defaultMemoryBytes()));
  const logWatch = createLogWatch({ log, clock, logRetryMs: runOptions.logRetryMs });
  const createExecutor = createExecutorFactory({
    ...runOptions,
    log,
    clock,
    random,
    logger,
    logWatch,
    heartbeatMs,
    resolveModel: (modelRef) => registry.resolve(modelRef),
    limitsOf: (modelRef) =>
      registry.findProblem(modelRef) === undefined ? registry.limitsOf(modelRef) : undefined,
    ...(prices === undefined ? {} : { costOf: (modelRef, usage) => costOf(prices, modelRef, usage) }),
  });
  const supervisor = createSupervisor({
    ...runOptions,
    account,
    log,
    clock,
    random,
    logger,
    logWatch,
    createExecutor,
    heartbeatMs,
    cluster: shared.cluster,
    offsetClock: shared.offsetClock,
    logStalledMs: shared.stalledMs,
    models: defaults,
    settings: config.settings,
    findModelProblem: (modelRef) => registry.findProblem(modelRef),
  });
  opened.defer(() => supervisor.stop());

  const info = (): Omit<ServerInfo, 'you'> => ({
    version,
    protocolVersion: PROTOCOL_VERSION,
    protocolHash: PROTOCOL_HASH,
    features: ['steer', 'redirect', 'cancel', 'feed', 'resume', 'from'],
    roles: roles.map(({ role, format }) => ({ role, format })),
    models: defaults,
    realModel: models.realModel,
    ...(prices === undefined ? {} : { prices: { date: prices.date, currency: prices.currency } }),
    limits: { ...defaultLimits, ...runOptions, ...transportLimits },
    heartbeatMs,
    now: new Date(clock.now()).toISOString(),
    auth: [...(authentication?.methods ?? [])],
  });
  const tails = createTails(log, { clock, pagesAtOnce: shared.pagesAtOnce });
  const mergeWindowMs = options.mergeWindowMs ?? createMergeWindow({ clock });
  const readiness = createReadiness({ log, clock });
  const { keepRunsForMs, keepBytes } = config;
  const { hasSubscribers } = tails;
  const retention = createRetention({
    log,
    clock,
    logger,
    keepRunsForMs,
    keepBytes,
    hasSubscribers,
    withSweepLock: shared.cluster?.ownership.withSweepLock,
  });
  opened.defer(() => retention.stop());
  const loopDelay = createLoopDelay();
  opened.defer(() => loopDelay.stop());
  const http = createHttpServer({
    router: createRouter({ runs: supervisor, log, tails, info, heartbeatMs, mergeWindowMs, keys }),
    protocolHash: PROTOCOL_HASH,
    clock,
    logger,
    account,
    isReady: () => readiness.isReady(),
    loopDelay,
    startsClosed: true,
    ...(identify === undefined ? {} : { identify }),
    identifyToken,
    live,
    admission: {
      hosts: config.hosts,
      ...(config.origins.length === 0 ? {} : { origins: config.origins }),
    },
    limits: transportLimits,
    addRoutes(fastify) {
      createLegacyRoutes({
        identify,
        live,
        streams: createLegacyStreams({ runs: supervisor, log, tails, heartbeatMs, account }),
        clock,
        account,
        limits: transportLimits,
        onInternalError: logInternalErrors(logger),
      })(fastify);
      createConsoleRoutes({ folder: consoleFolder })(fastify);
    },
  });
  opened.defer(() => http.close());
  // Steps that can fail come first: a failed start must not have written to any run.
  const url = urlOf(await http.listen({ host: config.host, port: config.port }));
  await supervisor.load();
  await dataDir?.writeServerJson({
    url,
    pid: process.pid,
    startedAt: new Date(clock.now()).toISOString(),
  });
  await supervisor.recover();
  http.open();

  retention.start();

  const kept = opened.move();
  const close = () => kept.disposeAsync();
  return {
    url,
    notes: [
      ...models.notes,
      ...keyNotes(config.providers),
      ...(await authenticationNotes(authentication)),
      ...priceNotes(prices, defaults),
      ...(config.notes ?? []),
    ],
    models,
    drain: () => drain({ readiness, supervisor, http, clock, deadlineMs: config.drainMs, close }),
    close,
  };
}

/** A log, and the parts of a log that several nodes share. */
interface OpenedLog {
  readonly log: EventLog;
  readonly cluster?: Cluster;
  readonly offsetClock?: OffsetClock;
  readonly stalledMs?: (runId: string) => number | undefined;
  /** Pages read at the same time: more than one where a read mostly waits for the network. */
  readonly pagesAtOnce: number;
}

/** Asynchronous, since opening a log over a network takes time. */
async function openLog(
  dataDir: DataDir | undefined,
  { clock, logger, config }: { readonly clock: Clock; readonly logger: Logger; readonly config: Config },
): Promise<OpenedLog> {
  const pagesAtOnce = 1;
  if (dataDir === undefined) return { log: createMemoryLog({ clock }), pagesAtOnce };
  const { logPath: path, lockFile } = dataDir;
  return { log: createSqliteLog({ path, lockFile, clock, logger, synchronous: config.sync }), pagesAtOnce };
}

/** A server that listens on all addresses is reached at that of the loopback as well. */
function urlOf({ address: bound, family, port }: AddressInfo): string {
  const address = bound === '0.0.0.0' ? '127.0.0.1' : bound === '::' ? '::1' : bound;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
