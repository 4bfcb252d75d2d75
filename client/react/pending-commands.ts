import { StagewireClientError } from '../transport/client-error.ts';
import type { Command, RunState } from '../generated/contract.ts';

/** A command sent by this hook that the run's state does not contain yet. */
export interface PendingCommand {
  /** Its id, for `resend` and `dismiss`. */
  readonly commandId: string;
  /** The whole command, as it will be in `state.commands`. */
  readonly command: Command;
  /**
   * - `sending`: no reply yet; it is retried while there is none
   * - `accepted`: durable; the event that moves it to `state.commands` has not arrived yet
   * - `refused`: rejected by the server; `error` has the reason
   * - `unknown`: no reply before the deadline. It may have been executed: `resend` retries it and never executes it twice
   */
  readonly status: 'sending' | 'accepted' | 'refused' | 'unknown';
  /** When it was sent, in milliseconds since the Unix epoch, by this machine's clock. */
  readonly sentAt: number;
  /** Why it is `refused` or `unknown`; otherwise absent. */
  readonly error?: Error;
}

/** Appends a command, or replaces the one with the same id. */
export function withCommand(
  pending: readonly PendingCommand[],
  entry: PendingCommand,
): readonly PendingCommand[] {
  const isKnown = pending.some(({ commandId }) => commandId === entry.commandId);
  return isKnown ? pending.map((it) => (it.commandId === entry.commandId ? entry : it)) : [...pending, entry];
}

/** The commands that the state does not contain; the same list if it contains none of them. */
export function stillPending(
  pending: readonly PendingCommand[],
  state: RunState | undefined,
): readonly PendingCommand[] {
  if (pending.length === 0 || state === undefined) return pending;
  const shown = new Set(state.commands.map(({ commandId }) => commandId));
  const left = pending.filter(({ commandId }) => !shown.has(commandId));
  return left.length === pending.length ? pending : left;
}

/** The status after a failed call: rejected, or unknown whether it is executed. */
export function statusAfter(error: unknown): 'refused' | 'unknown' {
  const isUnknown =
    error instanceof StagewireClientError && (error.code === 'OUTCOME_UNKNOWN' || error.code === 'CLOSED');
  return isUnknown ? 'unknown' : 'refused';
}
