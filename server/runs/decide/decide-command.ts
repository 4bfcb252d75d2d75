import {
  isExpected,
  targetOf,
  type Actor,
  type AttemptTarget,
  type Command,
  type EventBody,
  type Expect,
  type Receipt,
  type RunCommand,
  type RunState,
} from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { findRole } from '../../pipeline/roles.ts';
import { canonicalJson } from './canonical-json.ts';
import { pendingCommands, phaseOf, type Phase } from './phase.ts';
import { isLastAttempt, type RunProgress } from './progress.ts';

/**
 * The receipt of a command that was accepted before; `undefined` for a new one.
 *
 * @throws StagewireError COMMAND_ID_CONFLICT if the id was used with another body.
 */
export function storedReceipt(
  { run, linkCommands }: Pick<RunProgress, 'run' | 'linkCommands'>,
  command: Command,
): Receipt | undefined {
  if (linkCommands.has(command.commandId)) throw wireErrors.COMMAND_ID_CONFLICT(command.commandId);
  const accepted = run.commands.find((candidate) => candidate.commandId === command.commandId);
  if (accepted === undefined) return undefined;
  if (canonicalJson(withDefaults(accepted.command)) !== canonicalJson(withDefaults(command))) {
    throw wireErrors.COMMAND_ID_CONFLICT(command.commandId);
  }
  return { commandId: accepted.commandId, cursor: accepted.cursor, target: accepted.target };
}

function withDefaults(command: Command): Command {
  return command.kind === 'steer' ? { ...command, draft: command.draft ?? 'keep' } : command;
}

/**
 * Rejects a command with contradicting fields, in any state of the run.
 *
 * @throws StagewireError INVALID_INPUT.
 */
export function checkFields(command: RunCommand): void {
  if (command.kind !== 'steer' || command.draft !== 'drop' || command.mode === 'restart') return;
  throw wireErrors.INVALID_INPUT.fields([
    { field: 'draft', message: `"drop" requires mode restart, got ${command.mode}` },
  ]);
}

/**
 * `command.accepted`, or a rejection. Pure; the protocol defines the order of the checks. The caller has
 * checked for a stored receipt.
 *
 * @throws StagewireError RUN_ENDED, STAGE_MISMATCH, ILLEGAL_TARGET, LIMIT_REACHED, TOO_MANY_PENDING.
 */
export function decideCommand(
  run: RunState,
  command: Command,
  options: { readonly actor: Actor; readonly maxPendingCommands: number },
): EventBody {
  const { status } = run;
  if (status !== 'queued' && status !== 'running') throw wireErrors.RUN_ENDED(status);
  const phase = phaseOf(run);
  const target = targetOf(run);
  if (command.expect !== undefined) checkExpect(command.expect, target);
  checkTarget(command, phase);
  checkLimits(run, command, { phase, maxPendingCommands: options.maxPendingCommands });
  return { type: 'command.accepted', commandId: command.commandId, actor: options.actor, command, target };
}

function checkExpect(expect: Expect, actual: AttemptTarget | null): void {
  if (!isExpected(expect, actual)) throw wireErrors.STAGE_MISMATCH({ expected: expect, actual });
}

function checkTarget(command: Command, phase: Phase): void {
  const { commandId } = command;
  switch (command.kind) {
    case 'steer':
      if (command.mode === 'continue' && phase.is !== 'queued' && phase.is !== 'ended') {
        if (phase.stage.format === 'json') {
          throw wireErrors.ILLEGAL_TARGET.jsonOutput(commandId, phase.stage.role);
        }
      }
      return;
    case 'redirect':
      if (findRole(command.to) === undefined) {
        throw wireErrors.ILLEGAL_TARGET.unknownRole(commandId, command.to);
      }
      return;
    case 'cancel':
      if (command.target === 'stage' && phase.is === 'queued') {
        throw wireErrors.ILLEGAL_TARGET.noStage(commandId);
      }
      return;
    default:
      command satisfies never;
  }
}

function checkLimits(
  run: RunState,
  command: Command,
  options: { readonly phase: Phase; readonly maxPendingCommands: number },
): void {
  const { phase, maxPendingCommands } = options;
  if (command.kind === 'steer' && command.mode !== 'next' && phase.is === 'attempt') {
    if (isLastAttempt(run, phase.stage)) {
      throw wireErrors.LIMIT_REACHED(run.limits.maxAttemptsPerStage);
    }
  }
  // A run can always be cancelled.
  if (command.kind === 'cancel' && command.target === 'run') return;
  if (pendingCommands(run).length >= maxPendingCommands) {
    throw wireErrors.TOO_MANY_PENDING(maxPendingCommands);
  }
}
