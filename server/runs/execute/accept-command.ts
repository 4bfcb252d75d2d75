import { StagewireError, type Actor, type Command, type EventBody, type Receipt } from '@stagewire/shared';
import type { RunState } from '@stagewire/shared';
import { LogConflict, LogUnavailable } from '../../log/event-log.ts';
import { drainingError } from './draining-error.ts';
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
  if (phase.is === 'log-down') throw new StagewireError('LOG_UNAVAILABLE', logDown);
  const accepted = decideCommand(run(), command, { actor, maxPendingCommands });
  if (phase.is === 'stopped') throw drainingError();
  const bytes = bytesOfCommand(command);
  if (!chargeGrowth(bytes)) throw new StagewireError('OVERLOADED', outOfMemory);
  try {
    await options.record(accepted);
  } catch (error) {
    chargeGrowth(-bytes);
    if (error instanceof LogUnavailable || error instanceof LogConflict) {
      const isCertain = error instanceof LogUnavailable && error.outcome === 'not-written';
      throw new StagewireError('LOG_UNAVAILABLE', isCertain ? logDown : mayBeAccepted, { cause: error });
    }
    throw error;
  }
  const receipt = storedReceipt(run(), command);
  if (receipt === undefined) throw new Error(`command ${command.commandId} is not in the fold of its run`);
  return receipt;
}

const outOfMemory = 'the server has no memory for this command just now; send it again';
const logDown = 'the event log cannot be written at the moment; the command was not accepted, send it again';
const mayBeAccepted =
  'the event log did not answer; the command may have been accepted, send it again with the same commandId';
