import { wireErrors } from '@stagewire/shared/wire-errors';

export interface LogAdmissionOptions {
  /** How long a write to the log takes at the moment, in milliseconds. @default the log is never slow */
  readonly writeMs?: (() => number) | undefined;
  /** While a write takes longer than this, starts are rejected, in milliseconds. @default 2000 */
  readonly maxWriteMs: number;
}

/**
 * The check of a start against the load of the log: a log that is slow with the present runs does not get more. Called before
 * anything is read, since such a log hardly answers.
 *
 * @returns a function that throws StagewireError OVERLOADED.
 */
export function createLogAdmission({ writeMs = () => 0, maxWriteMs }: LogAdmissionOptions): () => void {
  return () => {
    const presentMs = writeMs();
    if (presentMs > maxWriteMs) throw wireErrors.OVERLOADED.log(Math.ceil(presentMs));
  };
}
