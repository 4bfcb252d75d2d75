import { StagewireError, type Actor, type Command, type EventBody, type Receipt } from '@stagewire/shared';
import type { RunState } from '@stagewire/shared';
import { LogConflict, LogUnavailable } from '../../log/event-log.ts';
import { aboutToStop } from './about-to-stop.ts';
import { decideCommand, storedReceipt } from '../decide/decide-command.ts';
import type { ExecutorPhase } from './executor-phase.ts';
import { bytesOfCommand } from './growth-limit.ts';

export interface AcceptCommandOptions {
  readonly actor: Actor;
  readonly maxPendingCommands: number;
  run(): RunState;
  readonly phase: ExecutorPhase;
  /** Holds memory for the command. @returns false if there is none. */
  holdGrowth(bytes: number): boolean;
  /** Appends the event that accepts it. */
  record(accepted: EventBody): Promise<void>;
}

/**
 * Accepts a command, durably, or refuses it. One that was accepted before gets its stored receipt.
 *
 * @throws StagewireError as `decideCommand` does; OVERLOADED, LOG_UNAVAILABLE, DRAINING.
 */
export async function acceptCommand(command: Command, options: AcceptCommandOptions): Promise<Receipt> {
  const { actor, maxPendingCommands, run, phase, holdGrowth } = options;
  const stored = storedReceipt(run(), command);
  if (stored !== undefined) return stored;
  if (phase.is === 'log-down') throw new StagewireError('LOG_UNAVAILABLE', logDown);
  const accepted = decideCommand(run(), command, { actor, maxPendingCommands });
  if (phase.is === 'stopped') throw aboutToStop();
  const bytes = bytesOfCommand(command);
  if (!holdGrowth(bytes)) throw new StagewireError('OVERLOADED', noRoom);
  try {
    await options.record(accepted);
  } catch (error) {
    holdGrowth(-bytes);
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

const noRoom = 'the server has no memory for this command just now; send it again';
const logDown = 'the event log cannot be written at the moment; the command was not accepted, send it again';
const mayBeAccepted =
  'the event log did not answer; the command may have been accepted, send it again with the same commandId';
