// Shared by the bots in this folder: derives the id of a command, and sends the command.
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { StagewireClientError, StagewireError } from '@stagewire/client';

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
      await setTimeout(500 + 1000 * Math.random());
    }
  }
}
