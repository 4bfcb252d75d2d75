import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { LoopDelay } from '../../runtime/loop-delay.ts';
import type { MemoryAccount } from '../../runtime/memory-account.ts';

/** What `/readyz` answers. */
export interface HealthOptions {
  /** Is the server ready for new runs? @default yes */
  readonly isReady?: () => boolean | Promise<boolean>;
  /** The reasons behind it, in `/readyz?verbose`. @default none */
  readonly readinessChecks?: () => Promise<object>;
  /** The event-loop delay in `/readyz?verbose`. @default none */
  readonly loopDelay?: Pick<LoopDelay, 'report'>;
}

export interface HealthRoutesOptions extends HealthOptions {
  readonly account: Pick<MemoryAccount, 'report'>;
  readonly mayReadInternals: (request: IncomingMessage) => Promise<boolean>;
}

/** `/healthz` and `/readyz`. */
export function createHealthRoutes(options: HealthRoutesOptions): (app: FastifyInstance) => void {
  const { account, mayReadInternals } = options;
  return (app) => {
    app.get('/healthz', () => ({ status: 'ok' }));
    app.get<{ Querystring: { verbose?: string } }>('/readyz', async (request, reply) => {
      const ready = (await options.isReady?.()) ?? true;
      const status = ready ? 'ready' : 'not ready';
      // The server's internals are for its operator only.
      const isVerbose = request.query.verbose !== undefined && (await mayReadInternals(request.raw));
      const more = isVerbose
        ? {
            checks: await options.readinessChecks?.(),
            memory: account.report(),
            eventLoopDelayMs: options.loopDelay?.report(),
          }
        : {};
      return reply.code(ready ? 200 : 503).send({ status, ...more });
    });
  };
}
