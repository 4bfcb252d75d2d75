import { StagewireClientError } from '../transport/client-error.ts';
import type { Command, RunState } from '../generated/contract.ts';

/** A command that was given here and that the run's state does not show yet. */
export interface PendingCommand {
  /** Its id: for `resend` and `dismiss`. */
  readonly commandId: string;
  /** The whole command, as `state.commands` will have it. */
  readonly command: Command;
  /**
   * - `sending`: no answer yet; it is sent again while there is none
   * - `accepted`: durable; the event that moves it to `state.commands` is on its way
   * - `refused`: the server will not do it; `error` says why
   * - `unknown`: no answer came in time. It may have been done: `resend` asks again and never does it twice
   */
  readonly status: 'sending' | 'accepted' | 'refused' | 'unknown';
  /** In milliseconds since the Unix epoch, by this machine's clock. */
  readonly sentAt: number;
  /** Why it is `refused` or `unknown`; absent otherwise. */
  readonly error?: Error;
}

/** Puts a command at the end, or in its place if it is there. */
export function withCommand(
  pending: readonly PendingCommand[],
  entry: PendingCommand,
): readonly PendingCommand[] {
  const isKnown = pending.some(({ commandId }) => commandId === entry.commandId);
  return isKnown ? pending.map((it) => (it.commandId === entry.commandId ? entry : it)) : [...pending, entry];
}

/** Those that the state does not show; the same list if it shows none of them. */
export function stillPending(
  pending: readonly PendingCommand[],
  state: RunState | undefined,
): readonly PendingCommand[] {
  if (pending.length === 0 || state === undefined) return pending;
  const shown = new Set(state.commands.map(({ commandId }) => commandId));
  const left = pending.filter(({ commandId }) => !shown.has(commandId));
  return left.length === pending.length ? pending : left;
}

/** Was there an answer, or is it open whether the command acts? */
export function statusAfter(error: unknown): 'refused' | 'unknown' {
  const isOpen =
    error instanceof StagewireClientError && (error.code === 'OUTCOME_UNKNOWN' || error.code === 'CLOSED');
  return isOpen ? 'unknown' : 'refused';
}
