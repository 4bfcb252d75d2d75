import type { EventBody, EventOf, RunCommand, RunState } from '@stagewire/shared';
import type { EventLog } from '../../log/event-log.ts';

export interface GrowthLimitOptions {
  /** Characters of text and reasoning of one attempt. @default 4000000 */
  readonly maxAttemptChars: number;
  /** Characters of text and reasoning of all attempts. @default 16000000 */
  readonly maxRunChars: number;
  /** Bytes that the run may take in the log. @default 268435456 */
  readonly maxRunLogBytes: number;
  /** Charges memory for the growth of the run, in bytes, or releases some. @returns false if there is none. */
  chargeGrowth(bytes: number): boolean;
  /** Called once, with the message of the failure. */
  onLimitReached(message: string): void;
}

type Delta = Extract<EventBody, { type: EventOf<'stage.delta' | 'stage.reasoning'>['type'] }>;

/** Limits the model output of one run, so that an endless one does not take the memory of the others. */
export interface GrowthLimit {
  /** The delta clipped to the limits; `undefined` if nothing is left. */
  clip(delta: Delta): Delta | undefined;
  /** Recounts the run after an append that failed, and releases the memory of the lost text. */
  recount(run: RunState): void;
  /** Checks the size of the run in the log every few writes. */
  checkLog(log: Pick<EventLog, 'head'>, runId: string): Promise<void>;
}

/** Memory is charged in steps, so that a token costs only an addition. */
const stepBytes = 256 * 1024;
/** Writes, and approximate bytes, between two checks of the log: one write may be a megabyte. */
const writesPerCheck = 64;
const bytesPerLook = 1_000_000;
/** Estimated size of a delta in the log without its text. */
const deltaFrameBytes = 200;
/** At most two bytes per UTF-16 unit. */
const bytesPerChar = 2;

export function createGrowthLimit(run: RunState, options: GrowthLimitOptions): GrowthLimit {
  const { maxAttemptChars, maxRunChars, maxRunLogBytes, chargeGrowth, onLimitReached } = options;
  let runChars = charsOf(run);
  let attempt = '';
  let attemptChars = 0;
  let unchargedBytes = 0;
  let writes = 0;
  /** Since the last check of the log. */
  let unseenBytes = 0;
  let isReached = false;

  function reach(message: string): void {
    if (isReached) return;
    isReached = true;
    onLimitReached(message);
  }

  return {
    clip(delta) {
      if (isReached) return undefined;
      const key = `${delta.stage}.${delta.attempt}`;
      if (key !== attempt) attemptChars = 0;
      attempt = key;
      const { length } = delta.text;
      const leftOfAttempt = maxAttemptChars - attemptChars;
      const leftChars = Math.max(0, Math.min(leftOfAttempt, maxRunChars - runChars));
      // Counts accepted text only: a recount releases what the log does not have, and nothing else was charged.
      const takenChars = Math.min(length, leftChars);
      attemptChars += takenChars;
      runChars += takenChars;
      unchargedBytes += takenChars * bytesPerChar;
      unseenBytes += takenChars + deltaFrameBytes;
      if (unchargedBytes >= stepBytes) {
        if (!chargeGrowth(unchargedBytes)) {
          reach('the server has no memory left for what this run writes; start it again later');
          return undefined;
        }
        unchargedBytes = 0;
      }
      if (length <= leftChars) return delta;
      reach(
        length > leftOfAttempt
          ? `the attempt has written more than ${maxAttemptChars} characters (maxAttemptChars)`
          : `the run has written more than ${maxRunChars} characters (maxRunChars)`,
      );
      return takenChars > 0 ? { ...delta, text: delta.text.slice(0, takenChars) } : undefined;
    },

    recount(run) {
      const chars = charsOf(run);
      const lostBytes = Math.max(0, runChars - chars) * bytesPerChar;
      runChars = chars;
      // The output that reached a limit is lost, and the failure could not be appended either.
      isReached = false;
      attempt = '';
      const lostChargedBytes = Math.max(0, lostBytes - unchargedBytes);
      unchargedBytes = Math.max(0, unchargedBytes - lostBytes);
      if (lostChargedBytes > 0) chargeGrowth(-lostChargedBytes);
    },

    async checkLog(log, runId) {
      writes += 1;
      if ((writes % writesPerCheck !== 0 && unseenBytes < bytesPerLook) || isReached) return;
      unseenBytes = 0;
      const head = await log.head(runId);
      if (head !== undefined && 'bytes' in head && head.bytes > maxRunLogBytes) {
        reach(`the run takes more than ${maxRunLogBytes} bytes of the log (maxRunLogBytes)`);
      }
    },
  };
}

function charsOf(run: RunState): number {
  return run.stages
    .flatMap(({ attempts }) => attempts)
    .reduce((sum, { text, keptChars, reasoning }) => sum + text.length - keptChars + reasoning.length, 0);
}

/** A command stays in the state of its run. A cancel is not charged, so that a run can always be cancelled. */
export function bytesOfCommand(command: RunCommand): number {
  // What revokes or ends something must always be accepted.
  if (command.kind === 'unshare') return 0;
  if (command.kind === 'share') return 1000;
  return command.kind === 'cancel' ? 0 : 1000 + (command.text ?? '').length * bytesPerChar;
}
