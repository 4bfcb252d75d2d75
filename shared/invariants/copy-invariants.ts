import { isDelta, isEnding } from '../event-kinds.ts';
import type { RunEvent } from '../events.ts';
import { addUsage, noUsage } from '../state-changes.ts';
import type { RunInvariant } from './run-invariant.ts';

/** Was the event copied from another run? Then the invariants of its own run hold for it. */
export function isCopy(event: RunEvent): boolean {
  return event.inheritedFrom !== undefined;
}

/** Copies exist only in a run that was started from another one, directly after `run.queued` (P27). */
export const copiesComeFirst: RunInvariant = (events) => {
  const [queued] = events;
  const isStartedFrom = queued?.type === 'run.queued' && queued.from !== undefined;
  return events.flatMap((event, index) => {
    if (!isCopy(event)) return [];
    const where = `the copy ${event.type} at seq ${event.seq}`;
    const before = events[index - 1];
    return [
      ...(isStartedFrom ? [] : [`${where} is in a run that was not started from another one`]),
      ...(before === queued || (before !== undefined && isCopy(before))
        ? []
        : [`${where} does not come first`]),
      ...(event.at === queued?.at ? [] : [`${where} was appended later than run.queued`]),
      ...(event.inheritedFrom?.runId === event.runId ? [`${where} names its own run`] : []),
    ];
  });
};

const copied: ReadonlySet<string> = new Set([
  'input.recorded',
  'run.planned',
  'stage.started',
  'stage.reasoning',
  'stage.delta',
  'stage.completed',
  'stage.interrupted',
  'stage.cancelled',
  'stage.failed',
  'review.noted',
  'review.recorded',
  'artifact.recorded',
  'artifact.removed',
  'artifact.skipped',
]);

/** Only these types are copied, and the deltas of an attempt are merged to one of each type (E19). */
export const copiesAreMerged: RunInvariant = (events) =>
  events.flatMap((event, index) => {
    if (!isCopy(event)) return [];
    if (!copied.has(event.type)) return [`${event.type} at seq ${event.seq} must not be copied`];
    const before = events[index - 1];
    const isMerged = !isDelta(event) || (before?.type !== event.type && before?.type !== 'stage.delta');
    return isMerged ? [] : [`the copy ${event.type} at seq ${event.seq} is not merged`];
  });

/** Copies are in the order in which they were first logged, run by run (E19). */
export const copiesKeepTheirOrder: RunInvariant = (events) => {
  const lastSeqs = new Map<string, number>();
  return events.flatMap((event) => {
    const { inheritedFrom } = event;
    // A merged delta has the seq of its last part, which other events can precede.
    if (inheritedFrom === undefined || isDelta(event)) return [];
    const last = lastSeqs.get(inheritedFrom.runId) ?? 0;
    lastSeqs.set(inheritedFrom.runId, inheritedFrom.seq);
    return inheritedFrom.seq > last ? [] : [`the copy ${event.type} at seq ${event.seq} is out of order`];
  });
};

/** The usage of a run is that of the attempts that it has executed itself (F13). */
export const usageIsOfOwnAttempts: RunInvariant = (events) => {
  let sum = noUsage;
  return events.flatMap((event) => {
    if (isEnding(event) && !isCopy(event)) sum = addUsage(sum, event.usage);
    if (event.type !== 'run.completed') return [];
    const { inputTokens, outputTokens } = event.usage;
    return inputTokens === sum.inputTokens && outputTokens === sum.outputTokens
      ? []
      : [`the usage of the run is not the sum of that of its attempts`];
  });
};
