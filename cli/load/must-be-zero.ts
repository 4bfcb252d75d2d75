import type { CounterName } from './figures.ts';

/** Counters whose value must be 0. */
export const mustBeZero = [
  'lost',
  'duplicated',
  'after_end',
  'stale_epochs',
  'text_mismatches',
  'receipt_mismatches',
  'feed_mismatches',
  'foreign_accesses',
  'feed_lost',
  'runs_unfinished',
  'errors',
] as const satisfies readonly CounterName[];
