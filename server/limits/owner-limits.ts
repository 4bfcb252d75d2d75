import type { LimitName, LimitScope, Quota } from '@stagewire/shared';
import { parseUnits } from '@stagewire/shared/decimal';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { dayOf, type DayUsage } from '../log/day-usage.ts';
import type { EventLog } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import { createHeldCounts, type HeldCounts } from './held-counts.ts';
import type { LimitSettings, ScopeLimits } from './limit-settings.ts';
import { createRateLimiter, type Allowance } from './rate-limiter.ts';
import type { RunsOfOwner, SharedLimits } from './shared-limits.ts';

export interface OwnerLimitsOptions {
  readonly settings: LimitSettings;
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  readonly log: Pick<EventLog, 'usageOfDay'>;
  /** Counts of all nodes. @default this node is the only one */
  readonly shared?: Pick<SharedLimits, 'takeStarts'> | undefined;
  /** Called for each call that is rejected. */
  readonly onRefused?: ((limit: LimitName, scope: LimitScope) => void) | undefined;
}

/** The runs that a start is compared with. */
export interface StartCounts {
  runsOfOwner(owner: string): RunsOfOwner | Promise<RunsOfOwner>;
  /** Queued runs of all owners. */
  readonly queued: number;
  /** Further runs of an owner that would begin at once, beyond those that are queued. */
  freeFor(owner: string, runs: RunsOfOwner): number;
}

/** Enforces the limits of owners and of the server. Each rejection is OVERLOADED, with the limit and when to retry. */
export interface OwnerLimits {
  readonly settings: LimitSettings;
  /** A connection is opened. @returns releases it; idempotent. @throws StagewireError OVERLOADED */
  holdConnection(owner: string): () => void;
  /** A subscription is opened. @returns releases it; idempotent. @throws StagewireError OVERLOADED */
  holdSubscription(owner: string): () => void;
  /** @param command.isNeverRefused It is only counted. @throws StagewireError OVERLOADED */
  countCommand(owner: string, command: { readonly isNeverRefused: boolean }): void;
  /**
   * A run is to be started. Until it is in the log or rejected it counts as queued.
   *
   * @returns releases it; idempotent. @throws StagewireError OVERLOADED. @throws LogUnavailable
   */
  admitStart(owner: string, counts: StartCounts): Promise<() => void>;
  /** The limits of an owner, and how much of each is used. Up to a second old. @throws LogUnavailable */
  quotas(owner: string, counts: StartCounts): Promise<readonly Quota[]>;
  /** What is held: all are 0 when nothing is open. */
  held(): { readonly connections: number; readonly subscriptions: number; readonly starts: number };
}

const noRuns: RunsOfOwner = { queued: 0, running: 0 };
const dayMs = 24 * 60 * 60 * 1000;
/** When to retry after a limit of what is held: when something is released is not known. */
const heldRetryMs = 5000;
const quotasAgeMs = 1000;
/** Owners whose quotas are cached. */
const maxCachedOwners = 1000;
/** Keys of the allowances: an owner cannot be named as the server. */
const serverKey = 's';
const ownerKey = (owner: string) => `o:${owner}`;

export function createOwnerLimits(options: OwnerLimitsOptions): OwnerLimits {
  const { settings, clock, log, shared, onRefused } = options;
  const connections = createHeldCounts();
  const subscriptions = createHeldCounts();
  const starts = createHeldCounts();
  const commandRates = createRateLimiter({ clock });
  const startRates = createRateLimiter({ clock });
  const takeStarts = shared?.takeStarts ?? startRates.take;
  const cache = new Map<string, { readonly atMs: number; readonly quotas: Promise<readonly Quota[]> }>();

  function refuse(limit: LimitName, scope: LimitScope, retryAfterMs: number): never {
    onRefused?.(limit, scope);
    const max = limit === 'runningRuns' ? settings.owner.runningRuns : settings[scope][limit];
    throw wireErrors.OVERLOADED.limit({ limit, scope, max: max ?? 0, retryAfterMs });
  }

  function hold(limit: 'connections' | 'subscriptions', counts: HeldCounts, owner: string): () => void {
    if (counts.of(owner) >= settings.owner[limit]) refuse(limit, 'owner', heldRetryMs);
    if (counts.total >= settings.server[limit]) refuse(limit, 'server', heldRetryMs);
    return counts.hold(owner);
  }

  /** Only those that are limited. */
  function allowances(limit: 'commandsPerMinute' | 'startsPerMinute', owner: string) {
    const all = [
      { scope: 'owner' as const, key: ownerKey(owner), perMinute: settings.owner[limit] },
      { scope: 'server' as const, key: serverKey, perMinute: settings.server[limit] },
    ];
    return all.filter(({ perMinute }) => perMinute < Infinity);
  }

  async function checkDay(owner: string): Promise<void> {
    const nowMs = clock.now();
    for (const scope of ['owner', 'server'] as const) {
      const limits = settings[scope];
      if (!isDayLimited(limits)) continue;
      const usage = await log.usageOfDay(dayOf(nowMs), scope === 'owner' ? owner : undefined);
      const retryAfterMs = dayMs - (nowMs % dayMs);
      if (usage.tokens >= limits.tokensPerDay) refuse('tokensPerDay', scope, retryAfterMs);
      if (limits.costPerDay === undefined) continue;
      if (parseUnits(costOf(usage)) >= parseUnits(limits.costPerDay))
        refuse('costPerDay', scope, retryAfterMs);
    }
  }

  function costOf({ costs }: DayUsage): string {
    return costs[settings.currency ?? ''] ?? '0';
  }

  function checkQueue(owner: string, runs: RunsOfOwner, counts: StartCounts): void {
    const free = counts.freeFor(owner, runs);
    const { owner: ofOwner, server } = settings;
    if (runs.queued + starts.of(owner) - free >= ofOwner.queuedRuns)
      refuse('queuedRuns', 'owner', heldRetryMs);
    const freeOfAll = counts.queued > 0 ? 0 : free;
    if (counts.queued + starts.total - freeOfAll >= server.queuedRuns)
      refuse('queuedRuns', 'server', heldRetryMs);
  }

  async function readQuotas(owner: string, counts: StartCounts): Promise<readonly Quota[]> {
    const { owner: limits } = settings;
    const nowMs = clock.now();
    const quotas: Quota[] = [];
    const add = (limit: Exclude<LimitName, 'costPerDay'>, used: number, more: Partial<Quota> = {}) => {
      if (limits[limit] < Infinity) quotas.push({ limit, max: limits[limit], used, ...more });
    };
    add('connections', connections.of(owner));
    add('subscriptions', subscriptions.of(owner));
    const perMinute = limits.commandsPerMinute;
    if (perMinute < Infinity) {
      add('commandsPerMinute', commandRates.used({ key: ownerKey(owner), perMinute }));
    }
    if (limits.startsPerMinute < Infinity) {
      // The allowance of all nodes is not read: it changes with each start.
      const allowance = { key: ownerKey(owner), perMinute: limits.startsPerMinute };
      quotas.push({
        limit: 'startsPerMinute',
        max: limits.startsPerMinute,
        ...(shared === undefined && { used: startRates.used(allowance) }),
      });
    }
    if (areRunsLimited(limits)) {
      const runs = await counts.runsOfOwner(owner);
      add('runningRuns', runs.running);
      add('queuedRuns', runs.queued);
    }
    if (isDayLimited(limits)) {
      const usage = await log.usageOfDay(dayOf(nowMs), owner);
      const resetAt = new Date(nowMs - (nowMs % dayMs) + dayMs).toISOString();
      add('tokensPerDay', usage.tokens, { resetAt });
      if (limits.costPerDay !== undefined)
        quotas.push({ limit: 'costPerDay', max: limits.costPerDay, used: costOf(usage), resetAt });
    }
    return quotas;
  }

  return {
    settings,
    holdConnection: (owner) => hold('connections', connections, owner),
    holdSubscription: (owner) => hold('subscriptions', subscriptions, owner),
    countCommand(owner, { isNeverRefused }) {
      const asked = allowances('commandsPerMinute', owner);
      const usedUp = commandRates.take(asked);
      const refused = asked[usedUp?.index ?? -1];
      if (usedUp === undefined || refused === undefined || isNeverRefused) return;
      refuse('commandsPerMinute', refused.scope, usedUp.retryAfterMs);
    },
    async admitStart(owner, counts) {
      await checkDay(owner);
      // With several nodes it is a query; without a limit of the owner its answer changes nothing.
      const runs = areRunsLimited(settings.owner) ? await counts.runsOfOwner(owner) : noRuns;
      // Nothing awaits between the check and the hold.
      checkQueue(owner, runs, counts);
      const release = starts.hold(owner);
      try {
        const asked = allowances('startsPerMinute', owner);
        const usedUp = await takeStarts(asked.map(({ key, perMinute }): Allowance => ({ key, perMinute })));
        const refused = asked[usedUp?.index ?? -1];
        if (usedUp !== undefined && refused !== undefined)
          refuse('startsPerMinute', refused.scope, usedUp.retryAfterMs);
        return release;
      } catch (error) {
        release();
        throw error;
      }
    },
    quotas(owner, counts) {
      const known = cache.get(owner);
      const nowMs = clock.elapsed();
      if (known !== undefined && nowMs - known.atMs < quotasAgeMs) return known.quotas;
      if (cache.size >= maxCachedOwners) cache.clear();
      const quotas = readQuotas(owner, counts);
      cache.set(owner, { atMs: nowMs, quotas });
      quotas.catch(() => cache.delete(owner));
      return quotas;
    },
    held: () => ({
      connections: connections.total,
      subscriptions: subscriptions.total,
      starts: starts.total,
    }),
  };
}

function areRunsLimited({ runningRuns, queuedRuns }: LimitSettings['owner']): boolean {
  return runningRuns < Infinity || queuedRuns < Infinity;
}

function isDayLimited({ tokensPerDay, costPerDay }: ScopeLimits): boolean {
  return tokensPerDay < Infinity || costPerDay !== undefined;
}
