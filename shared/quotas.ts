import { z } from 'zod';
import { limitNames } from './limit-names.ts';
import { Amount, Count, Instant } from './primitives.ts';

/** Limits of owners, and how much of them is used. */

export const LimitName = z.enum(limitNames).meta({ id: 'LimitName' });

export const Quota = z
  .strictObject({
    limit: LimitName,
    max: z.union([Count, Amount]),
    used: z.union([Count, Amount]).optional(),
    resetAt: Instant.optional(),
  })
  .meta({ id: 'Quota' });

export type Quota = z.infer<typeof Quota>;
