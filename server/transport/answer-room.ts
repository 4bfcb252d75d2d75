import { wireErrors } from '@stagewire/shared/wire-errors';
import type { HoldAnswer } from '../api/context.ts';
import type { Clock } from '../runtime/clock.ts';
import type { MemoryAccount, MemoryCharge } from '../runtime/memory-account.ts';
import type { TransportLimits } from './limits.ts';

/** Room for the answers of one request, or of one call over a WebSocket. */
export interface AnswerRoom {
  /** Begins one more answer; what it returns holds room for it. */
  answer(): HoldAnswer;
  /** Gives all of it back. Who asks for room afterwards is refused: nobody is left to read the answer. Idempotent. */
  release(): void;
}

/** Makes the rooms of all calls, over one account. */
export function createAnswerRooms({
  account,
  clock,
  limits,
}: {
  readonly account: MemoryAccount;
  readonly clock: Clock;
  readonly limits: Pick<TransportLimits, 'maxAnswerBytes' | 'answerWaitMs'>;
}): () => AnswerRoom {
  const { maxAnswerBytes, answerWaitMs } = limits;
  const limitBytes = account.report().answers.limitBytes;

  /** Answers of one request are all held until the last one is made, so they must fit in together. */
  const maxTogetherBytes = Math.min(maxAnswerBytes, limitBytes);

  /** One answer that is allowed and above the whole limit takes all of it: one at a time. */
  const charged = (bytes: number) => Math.min(bytes, limitBytes);

  function awaitRoom(bytes: number): Promise<MemoryCharge> {
    return new Promise((resolve, reject) => {
      let stopWaiting = () => {};
      const cancel = clock.after(answerWaitMs, () => {
        stopWaiting();
        reject(wireErrors.OVERLOADED.memory('answer'));
      });
      const look = () => {
        const charge = account.charge('answers', bytes);
        if (charge === undefined) {
          stopWaiting = account.onRelease(look);
          return;
        }
        cancel();
        resolve(charge);
      };
      look();
    });
  }

  return () => {
    let charge: MemoryCharge | undefined;
    let wantedBytes = 0;
    let heldBytes = 0;
    let isReleased = false;
    /** The calls of a batch ask at once; each is answered with what the one before has taken. */
    let last: Promise<unknown> = Promise.resolve();

    async function take(bytes: number): Promise<void> {
      // Made all the same, the answers to the other calls of a batch would be held and counted nowhere.
      if (isReleased) throw wireErrors.OVERLOADED.callerGone();
      const wanted = charged(heldBytes + bytes);
      if (charge === undefined) charge = await awaitRoom(wanted);
      else if (!charge.resize(wanted)) throw wireErrors.OVERLOADED.memory('answer');
      heldBytes += bytes;
      if (!isReleased) return;
      charge.release();
      throw wireErrors.OVERLOADED.callerGone();
    }

    return {
      answer() {
        let ownBytes = 0;
        return async (bytes) => {
          const own = ownBytes + bytes;
          const together = wantedBytes + bytes;
          if (own > maxAnswerBytes) throw wireErrors.TOO_LARGE.answer(maxAnswerBytes);
          if (together > own && together > maxTogetherBytes) {
            throw wireErrors.TOO_LARGE.answers(maxTogetherBytes);
          }
          ownBytes = own;
          wantedBytes = together;
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
