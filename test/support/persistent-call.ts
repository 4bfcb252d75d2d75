import { setTimeout as sleep } from 'node:timers/promises';
import { openFollowSocket, Refusal } from './follow-socket.ts';

/** How often a call is sent at most: it waits 100 ms between two tries, so for some minutes. */
const maxTries = 2000;

/**
 * Sends a call until it is answered: again after a lost connection, and after a rejection that is retryable.
 *
 * @returns the answer, or the rejection that no retry can help. @throws Error if there is none in some minutes
 */
export async function callPersistently<Output>(
  port: number,
  path: string,
  input: object,
): Promise<Output | Refusal> {
  let last: unknown;
  for (let tries = 0; tries < maxTries; tries += 1) {
    try {
      await using socket = await openFollowSocket(port);
      return await socket.call<Output>('mutation', path, input);
    } catch (error) {
      if (error instanceof Refusal && !error.retryable) return error;
      last = error;
    }
    // As clients do between two tries.
    await sleep(100);
  }
  throw new Error(`${path} was not answered`, { cause: last });
}
