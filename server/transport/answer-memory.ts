import { wireErrors } from '@stagewire/shared/wire-errors';
import type { ChargeAnswer } from '../api/context.ts';
import type { Clock } from '../runtime/clock.ts';
import type { MemoryAccount, MemoryCharge } from '../runtime/memory-account.ts';
import type { TransportLimits } from './limits.ts';

/** Memory for the answers of one request, or of one call over a WebSocket. */
export interface AnswerMemory {
  /** Starts one more answer; the returned function charges memory for it. */
  answer(): ChargeAnswer;
  /** Releases all charges. Later charges are rejected: the client has disconnected. Idempotent. */
  release(): void;
}

/** Creates the answer memory of each call, over one account. */
export function createAnswerMemoryFactory({
  account,
  clock,
  limits,
}: {
  readonly account: MemoryAccount;
  readonly clock: Clock;
  readonly limits: Pick<TransportLimits, 'maxAnswerBytes' | 'answerWaitMs'>;
}): () => AnswerMemory {
  const { maxAnswerBytes, answerWaitMs } = limits;
  const limitBytes = account.report().answers.limitBytes;

  /** The answers of one request are all in memory until the last one is ready, so they must fit together. */
  const maxTogetherBytes = Math.min(maxAnswerBytes, limitBytes);

  /** A permitted answer above the whole limit takes all of it: one at a time. */
  const charged = (bytes: number) => Math.min(bytes, limitBytes);

  function awaitCharge(bytes: number): Promise<MemoryCharge> {
    return new Promise((resolve, reject) => {
      let stopWaiting = () => {};
      const cancel = clock.after(answerWaitMs, () => {
        stopWaiting();
        reject(wireErrors.OVERLOADED.memory('answer'));
      });
      const tryCharge = () => {
        const charge = account.charge('answers', bytes);
        if (charge === undefined) {
          stopWaiting = account.onRelease(tryCharge);
          return;
        }
        cancel();
        resolve(charge);
      };
      tryCharge();
    });
  }

  return () => {
    let charge: MemoryCharge | undefined;
    let requestedBytes = 0;
    let chargedBytes = 0;
    let isReleased = false;
    /** The calls of a batch charge at the same time; each waits for the one before. */
    let last: Promise<unknown> = Promise.resolve();

    async function take(bytes: number): Promise<void> {
      // Otherwise the answers to the remaining calls of a batch would be in memory without being charged.
      if (isReleased) throw wireErrors.OVERLOADED.callerGone();
      const wanted = charged(chargedBytes + bytes);
      if (charge === undefined) charge = await awaitCharge(wanted);
      else if (!charge.resize(wanted)) throw wireErrors.OVERLOADED.memory('answer');
      chargedBytes += bytes;
      if (!isReleased) return;
      charge.release();
      throw wireErrors.OVERLOADED.callerGone();
    }

    return {
      answer() {
        let ownBytes = 0;
        return async (bytes) => {
          const own = ownBytes + bytes;
          const together = requestedBytes + bytes;
          if (own > maxAnswerBytes) throw wireErrors.TOO_LARGE.answer(maxAnswerBytes);
          if (together > own && together > maxTogetherBytes) {
            throw wireErrors.TOO_LARGE.answers(maxTogetherBytes);
          }
          ownBytes = own;
          requestedBytes = together;
          const held = last.then(() => take(bytes));
          last = held.catch(() => undefined);
          await held;
        };
      },
      release() {
        isReleased = true;
        charge?.release();
      },
    };
  };
}
