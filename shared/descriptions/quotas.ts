import type { SchemaDescriptions } from './description.ts';

/** Descriptions of the schemas in `shared/quotas.ts`. */
export const quotaDescriptions: SchemaDescriptions = {
  LimitName: {
    text: 'What is limited. Open: ignore unknown ones.',
    values: {
      connections: 'open connections to this node',
      subscriptions: 'open subscriptions at this node',
      commandsPerMinute: 'commands, deletions and administrative calls at this node',
      startsPerMinute: 'new runs',
      runningRuns: 'runs that execute at the same time; others wait in the queue',
      queuedRuns: 'runs that wait in the queue',
      tokensPerDay: 'input and output of the attempts that ended since 00:00 UTC',
      costPerDay: 'the cost of these attempts, in the currency of the price list',
    },
  },
  Quota: {
    text: 'A limit of an owner, and how much of it is used.',
    fields: {
      limit: 'What is limited.',
      max: 'The limit: a number; of `costPerDay` an amount.',
      used: 'How much of it is used, up to a second old. Absent if this node does not know it.',
      resetAt: 'When `used` becomes 0 again. Absent unless it is counted by the day.',
    },
  },
};
