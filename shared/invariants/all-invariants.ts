import { appendOrder } from './append-order.ts';
import * as ofAttempts from './attempt-invariants.ts';
import * as ofBudgets from './budget-invariants.ts';
import * as ofCommands from './command-invariants.ts';
import {
  copiesAreMerged,
  copiesComeFirst,
  copiesKeepTheirOrder,
  usageIsOfOwnAttempts,
} from './copy-invariants.ts';
import * as ofCosts from './cost-invariants.ts';
import * as ofFiles from './file-invariants.ts';
import * as ofReviews from './review-invariants.ts';
import type { RunInvariant } from './run-invariant.ts';
import * as ofRuns from './run-invariants.ts';

/** The invariants of the events of every run, by name: the guarantees of PROTOCOL.md. */
export const allInvariants = {
  ...ofRuns,
  ...ofAttempts,
  ...ofBudgets,
  ...ofCommands,
  ...ofCosts,
  ...ofFiles,
  ...ofReviews,
  appendOrder,
  copiesAreMerged,
  copiesComeFirst,
  copiesKeepTheirOrder,
  usageIsOfOwnAttempts,
} as const satisfies Readonly<Record<string, RunInvariant>>;
