// What the bots of this folder have in common: how they make a command's id, and how they send it.
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { StagewireClientError, StagewireError } from '@stagewire/client';

/** A UUID that follows from its reason: whoever sees the same reason again sends the same command, which acts once. */
export function commandIdFor(...reason: readonly (string | number)[]): string {
  const hex = createHash('sha256').update(reason.join(' ')).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}

/** Sends a command until the server has accepted it, or refused it for good: then with the code of the error. */
export async function sendCommand(send: () => Promise<unknown>): Promise<string> {
  for (;;) {
    try {
      await send();
      return 'accepted';
    } catch (error) {
      // For 30 seconds the client has asked in vain. The id makes it safe to go on asking.
      if (error instanceof StagewireClientError && error.code === 'OUTCOME_UNKNOWN') continue;
      if (!(error instanceof StagewireError)) throw error;
      if (!error.retryable) return error.code;
      await setTimeout(500 + 1000 * Math.random());
    }
  }
}
