import type { IncomingMessage } from 'node:http';
import { PROTOCOL_VERSION, type ServerInfo } from '@stagewire/shared';
import { createRouter } from '../../server/api/router.ts';
import type { Cluster } from '../../server/cluster/cluster.ts';
import type { OffsetClock } from '../../server/cluster/offset-clock.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { createTails } from '../../server/delivery/tails.ts';
import type { Provider } from '../../server/providers/provider.ts';
import { costOf, type PriceList } from '../../server/providers/price-list.ts';
import { defaultRunOptions } from '../../server/process/run-options.ts';
import type { RandomSource } from '../../server/runtime/random.ts';
import type { Clock } from '../../server/runtime/clock.ts';
import type { RunService } from '../../server/runs/run-service.ts';
import { createHandOver } from '../../server/runs/hand-over.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createAuthenticator } from '../../server/transport/caller.ts';
import { resolveTransportLimits } from '../../server/transport/limits.ts';
import { createAttachSocket } from '../../server/transport/trpc-ws/attach-socket.ts';
import { createTrpcWsEngine } from '../../server/transport/trpc-ws/engine.ts';
import { createRuns } from './create-runs.ts';
import { openMemory } from './open-memory.ts';
import { createMortalProcess, type MortalProcess } from './mortal-process.ts';
import { createRandomModel } from './random-model.ts';
import { createSimSocket, type SimSocket, type SimSocketOptions } from './sim-socket.ts';

export const heartbeatMs = 1000;

/** The whole server but HTTP and the SDKs, as a process that can be killed. */
export interface SimServer {
  readonly process: MortalProcess;
  /** Its runs, without a connection. */
  readonly runs: Pick<RunService, 'start'>;
  /** Has it taken up the runs of its log, so that it listens? */
  readonly isListening: boolean;
  /** A new connection; `undefined` if nobody listens. */
  connect(reader: Pick<SimSocketOptions, 'onText' | 'onGone' | 'onBroken'>): SimSocket | undefined;
  /** Takes no new runs and no new connections any more; all else goes on. */
  drain(): void;
  /** Hands its runs over to other nodes, as a drain does. */
  passOn(timeoutMs: number): Promise<void>;
  /** Leaves the runs to the next start, then lets the sockets go. */
  stop(): Promise<void>;
  kill(): void;
}

export interface SimServerOptions {
  readonly clock: Clock;
  readonly log: EventLog;
  readonly random: RandomSource;
  readonly maxRunningRuns: number;
  /** @default a random model */
  readonly provider?: Provider | undefined;
  /** @default no prices */
  readonly prices?: PriceList | undefined;
  /** Told of every defect that the server itself notices. */
  onDefect(defect: string): void;
  /** What a server among others has of its own. @default a process over `clock` and `log` */
  readonly node?: {
    readonly process: MortalProcess;
    /** The clock of the process, set to the log's. */
    readonly clock: OffsetClock;
    readonly log: EventLog;
    readonly cluster: Cluster;
    /** Of the models, whose timers are not the process's. */
    readonly modelClock: Clock;
    logStalledMs(runId: string): number | undefined;
    /** Runs what comes from outside in the process. */
    enter(task: () => void): void;
    /** The store was not reached at the start. */
    onNotStarted(): void;
  };
}

export function startSimServer(options: SimServerOptions): SimServer {
  const { random, maxRunningRuns, onDefect, node, prices } = options;
  const process = node?.process ?? createMortalProcess(options);
  const clock = node?.clock ?? process.clock;
  const log = node?.log ?? process.log;
  const sockets = new Set<SimSocket>();
  const modelClock = node?.modelClock ?? options.clock;
  const provider = options.provider ?? createRandomModel({ clock: modelClock, random });
  const defect = (fields: Readonly<Record<string, unknown>>, message: string) =>
    onDefect(`${message}: ${String(fields['error'])}`);
  const handOver = createHandOver();
  const supervisor = createRuns({
    ...defaultRunOptions,
    handOver,
    holdsCall: (runId) => handOver.holdsCall(runId),
    account: createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER)),
    maxRunningRuns,
    logRetryMs: 100,
    log,
    clock,
    random,
    heartbeatMs,
    logger: { ...quietLogger, error: defect },
    models: { default: 'rehearsal' },
    findModelProblem: () => undefined,
    resolveModel: (modelRef) => ({ provider, model: modelRef }),
    ...(prices === undefined ? {} : { costOf: (modelRef, usage) => costOf(prices, modelRef, usage) }),
    cluster: node?.cluster,
    offsetClock: node?.clock,
    logStalledMs: node?.logStalledMs,
  });
  const tails = createTails(log, { clock, maxEntries: 24, pageEntries: 16, maxMergedChars: 200 });
  const limits = resolveTransportLimits();
  const engine = createTrpcWsEngine({
    router: createRouter({
      runs: supervisor,
      log,
      tails,
      info: () => info,
      heartbeatMs,
      linkUrl: ({ runId, shareId }) => `sim:${runId}#${shareId}`,
    }),
    authenticateCaller: createAuthenticator({ protocolHash: info.protocolHash, logger: quietLogger }),
    ...openMemory(clock),
    clock,
    limits,
    logger: quietLogger,
    onInternalError: (error, { path }) => onDefect(`${path}: ${String(error)}`),
  });
  const attach = createAttachSocket(engine, { clock, limits, logger: quietLogger });
  let isListening = false;
  supervisor.recover().then(
    () => {
      isListening = true;
    },
    (error: unknown) => {
      if (node === undefined) onDefect(`recovery failed: ${String(error)}`);
      else node.onNotStarted();
    },
  );

  function cutAll(): void {
    isListening = false;
    for (const socket of sockets) socket.cut();
  }

  return {
    process,
    runs: supervisor,
    get isListening() {
      return isListening && process.isAlive;
    },
    connect(reader) {
      if (!isListening || !process.isAlive) return undefined;
      const socket = createSimSocket({
        ...reader,
        clock: node === undefined ? options.clock : clock,
        highWaterMarkBytes: 600,
        ...(node === undefined ? {} : { enter: node.enter }),
        onGone() {
          sockets.delete(socket);
          reader.onGone();
        },
      });
      sockets.add(socket);
      const request = { url: '/trpc', headers: { host: 'sim' } } as IncomingMessage;
      attach(socket.server, request);
      return socket;
    },
    drain() {
      isListening = false;
      supervisor.drain();
    },
    passOn: (timeoutMs) => supervisor.passOn(timeoutMs),
    async stop() {
      await supervisor.stop();
      cutAll();
    },
    kill() {
      process.kill();
      cutAll();
    },
  };
}

const info: Omit<ServerInfo, 'you'> = {
  version: '0.0.0',
  protocolVersion: PROTOCOL_VERSION,
  protocolHash: 'hash-of-the-simulation',
  features: [],
  roles: [],
  models: {},
  realModel: false,
  limits: {},
  heartbeatMs,
  now: '2026-01-01T00:00:00.000Z',
  auth: [],
};
