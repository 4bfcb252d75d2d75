/** The limits of an owner, and those of a server for all owners together. */
export const limitNames = [
  'connections',
  'subscriptions',
  'commandsPerMinute',
  'startsPerMinute',
  'runningRuns',
  'queuedRuns',
  'tokensPerDay',
  'costPerDay',
] as const;

export type LimitName = (typeof limitNames)[number];

/** What a limit applies to: one owner, or all owners together. */
export type LimitScope = 'owner' | 'server';
