import {
  isExpected,
  StagewireError,
  targetOf,
  type Actor,
  type AttemptTarget,
  type Command,
  type EventBody,
  type Expect,
  type Receipt,
  type RunState,
} from '@stagewire/shared';
import { findRole } from '../../pipeline/roles.ts';
import { canonicalJson } from './canonical-json.ts';
import { pendingCommands, phaseOf, type Phase } from './phase.ts';
import { isLastAttempt } from './progress.ts';

/**
 * The receipt of a command that was accepted before; `undefined` for a new one.
 *
 * @throws StagewireError COMMAND_ID_CONFLICT if the id was used with another body.
 */
export function storedReceipt(run: RunState, command: Command): Receipt | undefined {
  const accepted = run.commands.find((candidate) => candidate.commandId === command.commandId);
  if (accepted === undefined) return undefined;
  if (canonicalJson(withDefaults(accepted.command)) !== canonicalJson(withDefaults(command))) {
    throw new StagewireError(
      'COMMAND_ID_CONFLICT',
      'this commandId was used before with another body; make a new UUID for every command',
      { details: { commandId: command.commandId } },
    );
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
export function checkFields(command: Command): void {
  if (command.kind !== 'steer' || command.draft !== 'drop' || command.mode === 'restart') return;
  const message = `"drop" leaves the interrupted text out, so it needs mode restart, not ${command.mode}`;
  throw new StagewireError('INVALID_INPUT', `draft: ${message}`, {
    details: { issues: [{ field: 'draft', message }] },
  });
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
  const phase = phaseOf(run);
  if (phase.is === 'ended') {
    throw new StagewireError('RUN_ENDED', `the run has ended: ${run.status}`, {
      details: { status: run.status },
    });
  }
  const target = targetOf(run);
  if (command.expect !== undefined) checkExpect(command.expect, target);
  checkTarget(command, phase);
  checkLimits(run, command, { phase, maxPendingCommands: options.maxPendingCommands });
  return { type: 'command.accepted', commandId: command.commandId, actor: options.actor, command, target };
}

function checkExpect(expect: Expect, actual: AttemptTarget | null): void {
  if (isExpected(expect, actual)) return;
  const now =
    actual === null
      ? 'the run is still queued'
      : `the run is in stage ${actual.stage} (${actual.role}), attempt ${actual.attempt}`;
  throw new StagewireError('STAGE_MISMATCH', `${now}, which is not what the command expects`, {
    details: { expected: expect, actual },
  });
}

function checkTarget(command: Command, phase: Phase): void {
  const refuse = (message: string) => {
    throw new StagewireError('ILLEGAL_TARGET', message, { details: { commandId: command.commandId } });
  };
  switch (command.kind) {
    case 'steer':
      if (command.mode === 'continue' && phase.is !== 'queued' && phase.is !== 'ended') {
        if (phase.stage.format === 'json') {
          refuse(`a ${phase.stage.role} writes JSON, which cannot be continued; use mode restart or next`);
        }
      }
      return;
    case 'redirect':
      if (findRole(command.to) === undefined) refuse(`there is no role "${command.to}"; see server.info`);
      return;
    case 'cancel':
      if (command.target === 'stage' && phase.is === 'queued') {
        refuse('the run is still queued: there is no stage to cancel; cancel the run instead');
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
      throw new StagewireError(
        'LIMIT_REACHED',
        `this is the last of the ${run.limits.maxAttemptsPerStage} attempts that a stage may have; ` +
          'steer the next stage, redirect or cancel',
        { details: { maxAttemptsPerStage: run.limits.maxAttemptsPerStage } },
      );
    }
  }
  // A run can always be cancelled.
  if (command.kind === 'cancel' && command.target === 'run') return;
  if (pendingCommands(run).length >= maxPendingCommands) {
    throw new StagewireError(
      'TOO_MANY_PENDING',
      `${maxPendingCommands} commands of this run wait for their outcome; try again when some have it`,
      { details: { maxPendingCommands } },
    );
  }
}
