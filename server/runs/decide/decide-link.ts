import { defaultLimits, type Actor, type EventBody, type LinkCommand, type Receipt } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { RunProgress } from './progress.ts';
import { shareIdOf } from './share-id.ts';

/**
 * The receipt of a command that was accepted before; `undefined` for a new one.
 *
 * @throws StagewireError COMMAND_ID_CONFLICT if the id was used with another body.
 */
export function storedLinkReceipt(
  { run, linkCommands }: RunProgress,
  command: LinkCommand,
): Receipt | undefined {
  const { commandId } = command;
  const accepted = linkCommands.get(commandId);
  if (accepted === undefined) {
    const isUsed = run.commands.some((other) => other.commandId === commandId);
    if (isUsed) throw wireErrors.COMMAND_ID_CONFLICT(commandId);
    return undefined;
  }
  const isSame =
    accepted.kind === command.kind &&
    (command.kind === 'share'
      ? accepted.may === command.may && accepted.until === command.until
      : accepted.shareId === command.shareId);
  if (!isSame) throw wireErrors.COMMAND_ID_CONFLICT(commandId);
  return { commandId, cursor: accepted.cursor, target: null };
}

/**
 * `run.shared` or `run.unshared`, or a rejection, whether or not the run has ended. Pure. The caller has checked for a
 * stored receipt.
 *
 * @throws StagewireError INVALID_INPUT, TOO_MANY_SHARES, SHARE_NOT_FOUND.
 */
export function decideLink(
  progress: RunProgress,
  command: LinkCommand,
  { actor, nowMs }: { readonly actor: Actor; readonly nowMs: number },
): EventBody {
  const { runId, commandId } = command;
  if (command.kind === 'unshare') {
    const { shareId } = command;
    const share = progress.run.shares.find((it) => it.shareId === shareId);
    if (share === undefined) throw wireErrors.SHARE_NOT_FOUND({ runId, shareId });
    const { may, until } = share;
    return { type: 'run.unshared', commandId, shareId, may, ...(until !== undefined && { until }), actor };
  }
  const { may, until } = command;
  if (until !== undefined && Date.parse(until) <= nowMs) {
    throw wireErrors.INVALID_INPUT.fields([{ field: 'until', message: 'is in the past' }]);
  }
  checkLimits(progress, nowMs);
  const shareId = shareIdOf(command);
  return { type: 'run.shared', commandId, shareId, may, ...(until !== undefined && { until }), actor };
}

function checkLimits({ run, linkCommands }: RunProgress, nowMs: number): void {
  const { maxSharesPerRun, maxSharesEverPerRun } = defaultLimits;
  const working = run.shares.filter(({ until }) => until === undefined || Date.parse(until) > nowMs);
  if (working.length >= maxSharesPerRun) throw wireErrors.TOO_MANY_SHARES.links(maxSharesPerRun);
  const created = [...linkCommands.values()].filter(({ kind }) => kind === 'share');
  if (created.length >= maxSharesEverPerRun) throw wireErrors.TOO_MANY_SHARES.ever(maxSharesEverPerRun);
}
