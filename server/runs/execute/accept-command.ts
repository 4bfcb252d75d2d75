import { isLinkCommand, type Actor, type EventBody, type Receipt, type RunCommand } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../../runtime/clock.ts';
import { decideCommand, storedReceipt } from '../decide/decide-command.ts';
import { decideLink, storedLinkReceipt } from '../decide/decide-link.ts';
import type { RunProgress } from '../decide/progress.ts';
import type { ExecutorPhase } from './executor-phase.ts';
import { bytesOfCommand } from './growth-limit.ts';
import { notAccepted } from './not-accepted.ts';
import type { Recorder } from './recorder.ts';

export interface AcceptCommandOptions {
  readonly actor: Actor;
  readonly maxPendingCommands: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly recorder: Pick<Recorder, 'progress'>;
  readonly phase: ExecutorPhase;
  /** Charges memory for the command. @returns false if there is none. */
  chargeGrowth(bytes: number): boolean;
  /** Appends the event that accepts it. */
  record(accepted: EventBody): Promise<void>;
}

/**
 * Accepts a command durably, or rejects it. A command that was accepted before returns its stored receipt.
 *
 * @throws StagewireError as `decideCommand` and `decideLink` do; OVERLOADED, LOG_UNAVAILABLE, DRAINING.
 */
export async function acceptCommand(command: RunCommand, options: AcceptCommandOptions): Promise<Receipt> {
  const { recorder, phase, chargeGrowth } = options;
  const stored = receiptIn(recorder.progress, command);
  if (stored !== undefined) return stored;
  if (phase.is === 'log-down') throw wireErrors.LOG_UNAVAILABLE.notAccepted();
  const accepted = decideOn(recorder.progress, command, options);
  if (phase.is === 'stopped') throw wireErrors.DRAINING();
  const bytes = bytesOfCommand(command);
  if (!chargeGrowth(bytes)) throw wireErrors.OVERLOADED.memory('command');
  try {
    await options.record(accepted);
  } catch (error) {
    chargeGrowth(-bytes);
    throw notAccepted(error);
  }
  const receipt = receiptIn(recorder.progress, command);
  if (receipt === undefined) throw new Error(`command ${command.commandId} is not in the fold of its run`);
  return receipt;
}

function receiptIn(progress: RunProgress, command: RunCommand): Receipt | undefined {
  return isLinkCommand(command) ? storedLinkReceipt(progress, command) : storedReceipt(progress, command);
}

function decideOn(
  progress: RunProgress,
  command: RunCommand,
  { actor, maxPendingCommands, clock }: AcceptCommandOptions,
): EventBody {
  const { run } = progress;
  if (!isLinkCommand(command)) return decideCommand(run, command, { actor, maxPendingCommands });
  // Its executor appends nothing more: the caller appends to the log of the ended run.
  if (run.status !== 'queued' && run.status !== 'running') throw wireErrors.RUN_ENDED(run.status);
  return decideLink(progress, command, { actor, nowMs: clock.now() });
}
