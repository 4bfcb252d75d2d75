// Shared by the bots in this folder: derives the id of a command, sends the command, and reports the connection.
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { StagewireClientError, StagewireError, type Stagewire } from '@stagewire/client';

/** A UUID derived from the reason of a command. The same reason gives the same command, which takes effect once. */
export function commandIdFor(...reason: readonly (string | number)[]): string {
  const hex = createHash('sha256').update(reason.join(' ')).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}

/** Sends a command until the server accepts it or rejects it permanently. Returns `accepted` or the error code. */
export async function sendCommand(send: () => Promise<unknown>): Promise<string> {
  for (;;) {
    try {
      await send();
      return 'accepted';
    } catch (error) {
      // The client has retried for 30 seconds. The idempotency key makes it safe to continue.
      if (error instanceof StagewireClientError && error.code === 'OUTCOME_UNKNOWN') continue;
      if (!(error instanceof StagewireError)) throw error;
      if (!error.retryable) return error.code;
      await pause(500 + 1000 * Math.random());
    }
  }
}

/** Reports on standard error whether the bot is connected; a problem at once, and again after 5, 10, 20, … seconds. */
export function reportConnection(stagewire: Stagewire): void {
  let timer: NodeJS.Timeout | undefined;
  const report = (problem: string, againMs: number) => {
    console.error(`${problem} Retrying.`);
    timer = setTimeout(() => report(problem, Math.min(2 * againMs, 300_000)), againMs).unref();
  };
  stagewire.onConnection(({ status, error }) => {
    clearTimeout(timer);
    if (status === 'open' && error === undefined) console.error('Connected to the server.');
    else if (status === 'lost' || (error !== undefined && status !== 'refused'))
      report(error?.message ?? 'No connection to the server.', 5000);
  });
}
