import type { Actor, Command, EventBody, Receipt, RunState } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { LogConflict, LogUnavailable } from '../../log/event-log.ts';
import { decideCommand, storedReceipt } from '../decide/decide-command.ts';
import type { ExecutorPhase } from './executor-phase.ts';
import { bytesOfCommand } from './growth-limit.ts';

export interface AcceptCommandOptions {
  readonly actor: Actor;
  readonly maxPendingCommands: number;
  run(): RunState;
  readonly phase: ExecutorPhase;
  /** Charges memory for the command. @returns false if there is none. */
  chargeGrowth(bytes: number): boolean;
  /** Appends the event that accepts it. */
  record(accepted: EventBody): Promise<void>;
}

/**
 * Accepts a command durably, or rejects it. A command that was accepted before returns its stored receipt.
 *
 * @throws StagewireError as `decideCommand` does; OVERLOADED, LOG_UNAVAILABLE, DRAINING.
 */
export async function acceptCommand(command: Command, options: AcceptCommandOptions): Promise<Receipt> {
  const { actor, maxPendingCommands, run, phase, chargeGrowth } = options;
  const stored = storedReceipt(run(), command);
  if (stored !== undefined) return stored;
  if (phase.is === 'log-down') throw wireErrors.LOG_UNAVAILABLE.notAccepted();
  const accepted = decideCommand(run(), command, { actor, maxPendingCommands });
  if (phase.is === 'stopped') throw wireErrors.DRAINING();
  const bytes = bytesOfCommand(command);
  if (!chargeGrowth(bytes)) throw wireErrors.OVERLOADED.memory('command');
  try {
    await options.record(accepted);
  } catch (error) {
    chargeGrowth(-bytes);
    if (error instanceof LogUnavailable || error instanceof LogConflict) {
      const isCertain = error instanceof LogUnavailable && error.outcome === 'not-written';
      throw isCertain
        ? wireErrors.LOG_UNAVAILABLE.notAccepted(error)
        : wireErrors.LOG_UNAVAILABLE.perhapsAccepted(error);
    }
    throw error;
  }
  const receipt = storedReceipt(run(), command);
  if (receipt === undefined) throw new Error(`command ${command.commandId} is not in the fold of its run`);
  return receipt;
}
