import type { IncomingMessage } from 'node:http';
import { errorTable, type StagewireError } from '@stagewire/shared';
import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { FastifyInstance } from 'fastify';
import { metricsContentType, type MetricsPage } from '../../metrics/metrics-page.ts';

export interface MetricsRoutesOptions {
  readonly page: MetricsPage;
  /** Why a request may not read the metrics; `undefined` if it may. */
  readonly refusalToMetrics: (request: IncomingMessage) => Promise<StagewireError | undefined>;
  /** The body of a rejection. */
  readonly refusalBody: (error: StagewireError) => object;
}

/** `GET /metrics`, in the text format of Prometheus. */
export function createMetricsRoutes(options: MetricsRoutesOptions): (app: FastifyInstance) => void {
  const { page, refusalToMetrics, refusalBody } = options;
  return (app) => {
    app.get('/metrics', async (request, reply) => {
      const refusal = await refusalToMetrics(request.raw);
      if (refusal !== undefined) {
        const { trpc } = errorTable[refusal.code];
        if (refusal.code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Bearer');
        return reply
          .code(getHTTPStatusCodeFromError(new TRPCError({ code: trpc })))
          .send(refusalBody(refusal));
      }
      return reply.header('content-type', metricsContentType).send(await page.read());
    });
  };
}
