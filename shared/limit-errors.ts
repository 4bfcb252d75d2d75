import { StagewireError, type StagewireErrorOf } from './errors.ts';
import type { LimitName, LimitScope } from './limit-names.ts';

/** Which limit is reached, and when a call may be accepted again. */
export interface ReachedLimit {
  readonly limit: LimitName;
  readonly scope: LimitScope;
  /** A number; of `costPerDay` a decimal amount. */
  readonly max: number | string;
  readonly retryAfterMs: number;
}

const things = {
  connections: 'open connections',
  subscriptions: 'open subscriptions',
  commandsPerMinute: 'commands per minute',
  startsPerMinute: 'starts per minute',
  runningRuns: 'running runs',
  queuedRuns: 'queued runs',
} as const satisfies Partial<Record<LimitName, string>>;

/** The error of a call that a limit of an owner or of the server rejects. */
export function limitReached(reached: ReachedLimit): StagewireErrorOf<'OVERLOADED'> {
  return new StagewireError('OVERLOADED', messageOf(reached), { details: detailsOf(reached) });
}

/** The queue of the server had a detail of its own before. */
function detailsOf(reached: ReachedLimit) {
  const { limit, scope, max } = reached;
  const isQueue = limit === 'queuedRuns' && scope === 'server' && typeof max === 'number';
  return isQueue ? { ...reached, maxQueuedRuns: max } : reached;
}

function messageOf({ limit, scope, max, retryAfterMs }: ReachedLimit): string {
  const whose = scope === 'owner' ? 'of this owner' : 'on this server';
  const retry = `Retry in ${durationText(retryAfterMs)}.`;
  switch (limit) {
    case 'tokensPerDay':
      return `The tokens of the day ${whose} are used up (limit ${max}). The day ends at 00:00 UTC. ${retry}`;
    case 'costPerDay':
      return `The budget of the day ${whose} is used up (limit ${max}). The day ends at 00:00 UTC. ${retry}`;
    default:
      return `Too many ${things[limit]} ${whose} (limit ${max}). ${retry}`;
  }
}

function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
