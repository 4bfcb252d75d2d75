import { isDelta, isEnding, isTerminal } from '../event-kinds.ts';
import { isLinkEvent } from '../link-kinds.ts';
import type { EventOf, RunEvent } from '../events.ts';
import { attemptOf } from './attempt-of.ts';
import { isCopy } from './copy-invariants.ts';
import type { RunInvariant } from './run-invariant.ts';

/** At most one attempt is open. Text belongs to the open one, and none is open when the run ends. */
export const oneOpenAttempt: RunInvariant = (events) => {
  let open: EventOf<'stage.started'> | undefined;
  return events.flatMap((event) => {
    const before = open;
    if (event.type === 'stage.started') {
      open = event;
      return before === undefined
        ? []
        : [`attempt ${attemptOf(event)} begins while ${attemptOf(before)} is open`];
    }
    if (isEnding(event)) open = undefined;
    if (isDelta(event) || isEnding(event) || event.type === 'review.noted') {
      const isOpen =
        before !== undefined && attemptOf(event) === attemptOf(before) && event.role === before.role;
      return isOpen ? [] : [`${event.type} at seq ${event.seq} is not of the open attempt`];
    }
    return isTerminal(event) && before !== undefined
      ? [`attempt ${attemptOf(before)} is open at the end of the run`]
      : [];
  });
};

/** A new stage has the next role of the plan; a further attempt has the same role. */
export const stagesFollowThePlan: RunInvariant = (events) => {
  let plan: readonly string[] = [];
  const roles = new Map<number, string>();
  return events.flatMap((event) => {
    if (event.type === 'run.planned') plan = event.roles;
    if (event.type !== 'stage.started') return [];
    const known = roles.get(event.stage);
    if (known !== undefined) {
      return event.role === known
        ? []
        : [`attempt ${attemptOf(event)} is of ${event.role}, its stage of ${known}`];
    }
    const [planned] = plan;
    plan = plan.slice(1);
    roles.set(event.stage, event.role);
    return event.role === planned
      ? []
      : [`stage ${event.stage} is of ${event.role}, and ${planned ?? 'nothing'} was planned`];
  });
};

/**
 * `retryInMs` is present if and only if another attempt follows (E11), except if a command ended the backoff or the run
 * failed during it.
 */
export const retryIsAnnounced: RunInvariant = (events) =>
  events.flatMap((event, index) => {
    if (event.type !== 'stage.failed' || isCopy(event)) return [];
    const next = events.slice(index + 1).find((other) => other.type === 'stage.started' || endsWait(other));
    const isRetry =
      next?.type === 'stage.started' && attemptOf(next) === `${event.stage}.${event.attempt + 1}`;
    if (event.retryInMs === undefined) {
      return isRetry ? [`attempt ${attemptOf(event)} failed without retryInMs, and another follows`] : [];
    }
    const isGivenUp = next?.type !== 'stage.started' && next?.type !== 'run.completed';
    return isRetry || isGivenUp
      ? []
      : [`attempt ${attemptOf(event)} failed with retryInMs, and another does not follow`];
  });

function endsWait(event: RunEvent): boolean {
  return event.type === 'command.applied' || isTerminal(event);
}

/** A failure without `retryInMs` is followed only by dropped commands, the end of the run, and events about its links. */
export const lastFailureEndsTheRun: RunInvariant = (events) =>
  events.flatMap((event, index) => {
    if (event.type !== 'stage.failed' || event.retryInMs !== undefined || isCopy(event)) return [];
    const other = events
      .slice(index + 1)
      .find((it) => it.type !== 'command.dropped' && it.type !== 'run.failed' && !isLinkEvent(it));
    return other === undefined
      ? []
      : [`${other.type} at seq ${other.seq} follows a failure that ends the run`];
  });

/**
 * Maximum number of failures of a stage with one code or reason: the limits of A21 plus the failure that ends the run.
 */
const mostFailures: Readonly<Record<string, number>> = {
  OUTPUT_INVALID: 3,
  CONTEXT_TOO_LONG: 1,
  output_limit: 2,
};

/** Failures of one kind are not retried more often than A21 allows. */
export const failuresAreLimited: RunInvariant = (events) => {
  const count = createCounter();
  return events.flatMap((event) => {
    if (event.type !== 'stage.failed' || isCopy(event)) return [];
    return [event.failure.code, event.failure.reason ?? ''].flatMap((kind) =>
      count(`${event.stage} ${kind}`) <= (mostFailures[kind] ?? Infinity)
        ? []
        : [`attempt ${attemptOf(event)} has failed with ${kind} more often than a stage may`],
    );
  });
};

/**
 * A stage has at most `maxAttemptsPerStage` attempts; those with cause `resume` or `continue` and inherited ones do not
 * count.
 */
export const attemptsAreLimited: RunInvariant = (events) => {
  const count = createCounter();
  const queued = events.find((event) => event.type === 'run.queued');
  const most = queued?.limits.maxAttemptsPerStage ?? Infinity;
  return events.flatMap((event) => {
    if (event.type !== 'stage.started' || isCopy(event)) return [];
    if (event.cause === 'resume' || event.cause === 'continue') return [];
    return count(String(event.stage)) <= most
      ? []
      : [`attempt ${attemptOf(event)} is one more than the ${most} that a stage may have`];
  });
};

/**
 * A continuation only follows a `stage.interrupted {length}`, at most three times in a stage, and keeps all text (A18).
 */
export const continuesAfterLength: RunInvariant = (events) => {
  const counts = new Map<number, number>();
  const attempts = events.filter((event) => event.type === 'stage.started' || isEnding(event));
  return attempts.flatMap((event, index) => {
    const before = attempts[index - 1];
    const next = attempts[index + 1];
    if (isCopy(event)) return [];
    const isCut = event.type === 'stage.interrupted' && event.cause === 'length';
    if (isCut && !(next?.type === 'stage.started' && next.cause === 'continue' && next.stage === event.stage))
      return [`attempt ${attemptOf(event)} was cut by length, and does not go on`];
    if (event.type !== 'stage.started' || event.cause !== 'continue') return [];
    const count = (counts.get(event.stage) ?? 0) + 1;
    counts.set(event.stage, count);
    const fits =
      before?.type === 'stage.interrupted' &&
      before.cause === 'length' &&
      before.stage === event.stage &&
      before.chars > 0;
    return [
      ...(fits
        ? []
        : [`attempt ${attemptOf(event)} continues, and no attempt before it was cut off by length`]),
      ...(count <= 3 ? [] : [`attempt ${attemptOf(event)} is continuation ${count} of its stage`]),
    ];
  });
};

/** A stage has at most one attempt of the run with cause `repair` (A7). */
export const oneRepairPerStage: RunInvariant = (events) => {
  const repaired = new Set<number>();
  return events.flatMap((event) => {
    if (event.type !== 'stage.started' || event.cause !== 'repair' || isCopy(event)) return [];
    if (repaired.has(event.stage)) return [`attempt ${attemptOf(event)} is the second repair of its stage`];
    repaired.add(event.stage);
    return [];
  });
};

function createCounter(): (key: string) => number {
  const counts = new Map<string, number>();
  return (key) => {
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count;
  };
}
