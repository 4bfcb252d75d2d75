import { wireErrors } from '@stagewire/shared/wire-errors';
import { createRouter } from '../../server/api/router.ts';
import { readConfig } from '../../server/process/config.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { costOf } from '../../server/providers/price-list.ts';
import { createRegistry, type Registry } from '../../server/providers/registry.ts';
import { defaultRunOptions, type RunOptions } from '../../server/process/run-options.ts';
import { systemRandom } from '../../server/runtime/random.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import type { Supervisor } from '../../server/runs/supervisor.ts';
import { createHttpServer, type HttpServer } from '../../server/transport/http/http-server.ts';
import type { TransportLimits } from '../../server/transport/limits.ts';
import { createRuns } from './create-runs.ts';

export interface ComposedServerOptions {
  /** @default a memory log */
  readonly log?: EventLog;
  /** As the process reads it; `STAGEWIRE_MODEL` is the fastest rehearsal unless it is given. */
  readonly env?: Readonly<Record<string, string>>;
  readonly runs?: Partial<RunOptions>;
  readonly limits?: Partial<TransportLimits>;
  /** Each call has providers of its own: a rate limit of one does not make others wait. @default false */
  readonly hasSeparateModels?: boolean;
}

/** All real parts of the server in this process, put together as `startApp` does, with its insides in reach. */
export interface ComposedServer extends AsyncDisposable {
  readonly port: number;
  readonly log: EventLog;
  readonly supervisor: Supervisor;
  readonly http: HttpServer;
  /** What was reported as a defect of the server. */
  readonly defects: readonly unknown[];
}

export async function startComposedServer(options: ComposedServerOptions = {}): Promise<ComposedServer> {
  const clock = systemClock;
  const config = readConfig({ STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0', ...options.env });
  const { heartbeatMs, prices } = config;
  const log = options.log ?? createMemoryLog({ clock });
  const { maxCallsPerProvider = defaultRunOptions.maxCallsPerProvider } = options.runs ?? {};
  const newRegistry = () => createRegistry({ clock, settings: config.providers, maxCallsPerProvider });
  const registry = newRegistry();
  const registries = [registry];
  const registryOfModel = (): Registry => {
    if (options.hasSeparateModels !== true) return registry;
    const separate = newRegistry();
    registries.push(separate);
    return separate;
  };
  const models = { ...config.models.perRole, default: config.models.default ?? 'rehearsal' };
  const supervisor = createRuns({
    account: createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER)),
    ...defaultRunOptions,
    // Here models write more than real ones may, so that something is held up.
    maxAttemptChars: Infinity,
    maxRunChars: Infinity,
    ...options.runs,
    log,
    clock,
    random: systemRandom,
    logger: quietLogger,
    heartbeatMs,
    models,
    resolveModel: (modelRef) => registryOfModel().resolve(modelRef),
    findModelProblem: (modelRef) => registry.findProblem(modelRef),
    prices,
    ...(prices === undefined ? {} : { costOf: (modelRef, usage) => costOf(prices, modelRef, usage) }),
  });
  const defects: unknown[] = [];
  const info = () => {
    // A client asks where a socket opens slowly.
    throw wireErrors.OVERLOADED.starting();
  };
  const http = createHttpServer({
    router: createRouter({ runs: supervisor, log, tails: createTails(log, { clock }), info, heartbeatMs }),
    protocolHash: 'hash-of-the-test',
    clock,
    onInternalError: (error) => defects.push(error),
    // Clients come over proxies, whose ports they name.
    admission: { hosts: ['127.0.0.1'] },
    limits: options.limits ?? {},
  });
  await supervisor.recover();
  const { port } = await http.listen({ host: '127.0.0.1', port: 0 });
  return {
    port,
    log,
    supervisor,
    http,
    defects,
    async [Symbol.asyncDispose]() {
      await http.close();
      await supervisor.stop();
      await Promise.all(registries.map((one) => one.close()));
      await log.close();
    },
  };
}
