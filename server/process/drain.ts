import type { Clock } from '../runtime/clock.ts';
import { wait } from '../runtime/wait.ts';
import type { Supervisor } from '../runs/supervisor.ts';
import type { HttpServer } from '../transport/http/http-server.ts';
import type { Readiness } from './readiness.ts';

export interface DrainOptions {
  readonly readiness: Pick<Readiness, 'end'>;
  readonly supervisor: Pick<Supervisor, 'drain' | 'stop'>;
  readonly http: Pick<HttpServer, 'announceReconnect' | 'refuseWebSockets'>;
  readonly clock: Clock;
  /** In milliseconds. */
  readonly deadlineMs: number;
  /** Lets go of sockets, log and all. */
  close(): Promise<void>;
}

/** Clients are asked to leave within this part of the deadline, so that they do not all come back at once … */
const spreadShare = 0.2;
/** … and within this at most, in milliseconds: while it lasts nothing new is begun. */
const longestSpreadMs = 1000;

/**
 * Leaves nothing half done: no new runs, `/readyz` says no, clients hear one after the other that they must connect
 * again; then the models are stopped, all that they have said is written, and the sockets go, without a subscription
 * being told that it is complete. Live runs go on at the next start.
 *
 * @returns whether all that came to its end before the deadline. What is left then is only sockets that do not close.
 */
export async function drain(options: DrainOptions): Promise<boolean> {
  const { readiness, supervisor, http, clock, deadlineMs } = options;
  const late = Promise.withResolvers<false>();
  const cancel = clock.after(deadlineMs, () => late.resolve(false));

  async function inOrder(): Promise<true> {
    readiness.end();
    supervisor.drain();
    http.refuseWebSockets();
    const spreadMs = Math.min(deadlineMs * spreadShare, longestSpreadMs);
    http.announceReconnect(spreadMs);
    await wait(clock, spreadMs);
    await supervisor.stop();
    await options.close();
    return true;
  }

  try {
    return await Promise.race([inOrder(), late.promise]);
  } finally {
    cancel();
  }
}
