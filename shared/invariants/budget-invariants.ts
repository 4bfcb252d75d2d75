import { parseUnits } from '../decimal.ts';
import { isDelta, isEnding } from '../event-kinds.ts';
import type { EventOf, RunEvent } from '../events.ts';
import type { Usage } from '../primitives.ts';
import { attemptOf } from './attempt-of.ts';
import { isCopy } from './copy-invariants.ts';
import type { RunInvariant } from './run-invariant.ts';

/** A reached limit ends the run in the same append, with the same failure: only dropped commands stand between (P78, A16). */
export const limitEndsTheRun: RunInvariant = (events) =>
  events.flatMap((event, index) => {
    if (!isLimitReached(event)) return [];
    const where = `attempt ${attemptOf(event)} has reached a limit, and`;
    const next = events.slice(index + 1).find(({ type }) => type !== 'command.dropped');
    if (event.retryInMs !== undefined) return [`${where} is to be retried`];
    if (next?.type !== 'run.failed')
      return [`${where} ${next?.type ?? 'nothing'} follows instead of run.failed`];
    if (next.at !== event.at) return [`${where} the run failed in a later append`];
    const isSame = JSON.stringify(next.failure) === JSON.stringify(event.failure);
    return isSame ? [] : [`${where} the run failed with another failure`];
  });

/** `max` of a reached limit is that of the run, and `used` what its own attempts have used, each counted once (P78). */
export const reachedLimitIsCounted: RunInvariant = (events) => {
  const limits = limitsOf(events);
  const counted: { readonly usage: Usage }[] = [];
  return events.flatMap((event) => {
    if (!isEnding(event) || isCopy(event)) return [];
    const before = [...counted];
    counted.push(event);
    const reached = isLimitReached(event) ? event.failure.details : undefined;
    if (reached === undefined) return [];
    const where = `attempt ${attemptOf(event)} has reached ${reached.limit}`;
    if (reached.max !== limits?.[reached.limit])
      return [`${where} of ${reached.max}, which is not that of the run`];
    if (reached.limit !== 'maxTokens') {
      const isOfRun = reached.currency === limits?.currency && parseUnits(reached.used) >= 0n;
      return isOfRun ? [] : [`${where} in another currency than its limit`];
    }
    const [least, most] = [tokensOf(before), tokensOf(counted)];
    // A call that was not made has used nothing.
    return reached.used === least || reached.used === most
      ? []
      : [
          `${where} with ${reached.used} used, and its attempts have used ${least} before it and ${most} with it`,
        ];
  });
};

/** When its attempts have used the tokens of a run, the model writes nothing more (P78). */
export const nothingBeyondTheBudget: RunInvariant = (events) => {
  const max = limitsOf(events)?.maxTokens ?? Infinity;
  let used = 0;
  return events.flatMap((event) => {
    if (isCopy(event)) return [];
    if (isEnding(event)) used += tokensOf([event]);
    const isBeyond = isDelta(event) && used >= max;
    return isBeyond
      ? [`${event.type} at seq ${event.seq} was written after ${used} of ${max} tokens were used`]
      : [];
  });
};

function limitsOf([queued]: readonly RunEvent[]) {
  return queued?.type === 'run.queued' ? queued.limits : undefined;
}

function isLimitReached(event: RunEvent): event is EventOf<'stage.failed'> {
  return event.type === 'stage.failed' && event.failure.code === 'LIMIT_REACHED' && !isCopy(event);
}

function tokensOf(endings: readonly { readonly usage: Usage }[]): number {
  return endings.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0);
}
