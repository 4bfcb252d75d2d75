import type { Command, EventBody, EventOf, RunState } from '@stagewire/shared';
import type { EventLog } from '../../log/event-log.ts';

export interface GrowthLimitOptions {
  /** Characters of text and reasoning of one attempt. @default 4000000 */
  readonly maxAttemptChars: number;
  /** Characters of text and reasoning of all attempts. @default 16000000 */
  readonly maxRunChars: number;
  /** Bytes that the run may take in the log. @default 268435456 */
  readonly maxRunLogBytes: number;
  /** Holds memory for what the run has grown by, in bytes, or gives some back. @returns false if there is none. */
  holdGrowth(bytes: number): boolean;
  /** Told once, with the sentence of the failure. */
  onReached(message: string): void;
}

type Delta = Extract<EventBody, { type: EventOf<'stage.delta' | 'stage.reasoning'>['type'] }>;

/** How much of its models' text one run takes, so that no endless one takes the memory of the others. */
export interface GrowthLimit {
  /** As much of the delta as is allowed; `undefined` if it is none. */
  take(delta: Delta): Delta | undefined;
  /** Counts afresh what the run has: text of which the append failed is not there, and gives back what was held for it. */
  recount(run: RunState): void;
  /** Looks now and then what the run takes in the log. */
  checkLog(log: Pick<EventLog, 'head'>, runId: string): Promise<void>;
}

/** Memory is asked for in steps, so that a token costs an addition only. */
const stepBytes = 256 * 1024;
/** Writes between two looks at the log, and about the bytes: one write may be a megabyte. */
const writesPerLook = 64;
const bytesPerLook = 1_000_000;
/** About what a delta takes in the log beside its text. */
const deltaFrameBytes = 200;
/** Two bytes per UTF-16 unit at most. */
const bytesPerChar = 2;

export function createGrowthLimit(run: RunState, options: GrowthLimitOptions): GrowthLimit {
  const { maxAttemptChars, maxRunChars, maxRunLogBytes, holdGrowth, onReached } = options;
  let runChars = charsOf(run);
  let attempt = '';
  let attemptChars = 0;
  let unheldBytes = 0;
  let writes = 0;
  /** Taken since the last look at the log. */
  let unseenBytes = 0;
  let isReached = false;

  function reach(message: string): void {
    if (isReached) return;
    isReached = true;
    onReached(message);
  }

  return {
    take(delta) {
      if (isReached) return undefined;
      const key = `${delta.stage}.${delta.attempt}`;
      if (key !== attempt) attemptChars = 0;
      attempt = key;
      const { length } = delta.text;
      const leftOfAttempt = maxAttemptChars - attemptChars;
      const leftChars = Math.max(0, Math.min(leftOfAttempt, maxRunChars - runChars));
      // Only what is taken counts: a recount gives back what the log does not have, and nothing else was held.
      const takenChars = Math.min(length, leftChars);
      attemptChars += takenChars;
      runChars += takenChars;
      unheldBytes += takenChars * bytesPerChar;
      unseenBytes += takenChars + deltaFrameBytes;
      if (unheldBytes >= stepBytes) {
        if (!holdGrowth(unheldBytes)) {
          reach('the server has no memory left for what this run writes; start it again later');
          return undefined;
        }
        unheldBytes = 0;
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
      // What reached a limit is not there, and the failure that it asked for could not be written either.
      isReached = false;
      attempt = '';
      const lostHeldBytes = Math.max(0, lostBytes - unheldBytes);
      unheldBytes = Math.max(0, unheldBytes - lostBytes);
      if (lostHeldBytes > 0) holdGrowth(-lostHeldBytes);
    },

    async checkLog(log, runId) {
      writes += 1;
      if ((writes % writesPerLook !== 0 && unseenBytes < bytesPerLook) || isReached) return;
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

/** A command stays in the state of its run. A cancel counts nothing: whoever wants a run to end must always be heard. */
export function bytesOfCommand(command: Command): number {
  return command.kind === 'cancel' ? 0 : 1000 + (command.text ?? '').length * bytesPerChar;
}
