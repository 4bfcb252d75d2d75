import type { Clock } from '../runtime/clock.ts';
import { wait } from '../runtime/wait.ts';
import type { Supervisor } from '../runs/supervisor.ts';
import type { HttpServer } from '../transport/http/http-server.ts';
import type { Readiness } from './readiness.ts';

export interface DrainOptions {
  readonly readiness: Pick<Readiness, 'end'>;
  readonly supervisor: Pick<Supervisor, 'drain' | 'passOn' | 'stop'>;
  readonly http: Pick<HttpServer, 'announceReconnect' | 'refuseWebSockets'>;
  readonly clock: Clock;
  /** In milliseconds. */
  readonly deadlineMs: number;
  /** Closes sockets, log and all other parts. */
  close(): Promise<void>;
}

/** Clients are asked to reconnect over this part of the deadline, so that they do not all reconnect at once … */
const spreadShare = 0.2;
/** … and over at most this time, in milliseconds: no new runs start during it. */
const longestSpreadMs = 1000;
/** The rest of the deadline is for the output of the model calls that are cut off, and for sockets: this part of it … */
const closingShare = 0.2;
/** … and at most this time, in milliseconds. */
const longestClosingMs = 5000;

/**
 * Drains the server: rejects new runs, fails `/readyz`, and asks clients one after the other to reconnect; hands runs over to
 * other nodes, if there are any; then aborts the model calls that are left, commits their output, and closes the sockets without completing a subscription. The next start
 * recovers live runs.
 *
 * @returns whether everything was closed before the deadline. Otherwise only sockets that do not close are left.
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
    await supervisor.passOn(deadlineMs - spreadMs - Math.min(deadlineMs * closingShare, longestClosingMs));
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
