import { PROTOCOL_VERSION } from '@stagewire/shared';
import type { ServerInfo } from '@stagewire/shared';
import { createRouter } from '../../server/api/router.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import type { Clock } from '../../server/runtime/clock.ts';
import { createHttpServer } from '../../server/transport/http/http-server.ts';
import type { HttpServer, HttpServerOptions } from '../../server/transport/http/http-server.ts';
import { createScriptedRuns } from './scripted-runs.ts';
import type { ScriptedRuns } from './scripted-runs.ts';

export interface ApiServerOptions extends Partial<Omit<HttpServerOptions, 'router'>> {
  readonly heartbeatMs?: number;
  readonly ssePingMs?: number;
  readonly logClock?: Clock;
}

/** The real router and transport on a real port, over a real memory log and scripted runs. */
export interface ApiServer extends AsyncDisposable {
  readonly port: number;
  readonly log: EventLog;
  readonly runs: ScriptedRuns;
  readonly server: HttpServer;
  /** What was reported as a defect of the server. */
  readonly defects: unknown[];
  /** What was logged, by its message. */
  readonly logged: string[];
}

export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const { heartbeatMs = 60_000, ssePingMs = 15_000, logClock = systemClock, ...rest } = options;
  const log = createMemoryLog({ clock: logClock });
  const runs = createScriptedRuns(log);
  const defects: unknown[] = [];
  const logged: string[] = [];
  const note = (_fields: unknown, message: string) => void logged.push(message);
  const tails = createTails(log, { clock: logClock });
  const server = createHttpServer({
    router: createRouter({ runs, log, tails, info: () => info, heartbeatMs, ssePingMs }),
    protocolHash: info.protocolHash,
    clock: systemClock,
    logger: { info: note, warn: note, error: note },
    onInternalError: (error) => defects.push(error),
    ...rest,
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    port,
    log,
    runs,
    server,
    defects,
    logged,
    async [Symbol.asyncDispose]() {
      await server.close();
      await log.close();
    },
  };
}

const info: Omit<ServerInfo, 'you'> = {
  version: '0.0.0',
  protocolVersion: PROTOCOL_VERSION,
  protocolHash: 'hash-of-the-test',
  features: [],
  roles: [{ role: 'coder', format: 'code' }],
  models: { default: 'rehearsal' },
  realModel: false,
  limits: {},
  heartbeatMs: 1000,
  now: '2026-01-01T00:00:00.000Z',
  auth: [],
};
