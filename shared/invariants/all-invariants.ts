import { appendOrder } from './append-order.ts';
import * as ofAttempts from './attempt-invariants.ts';
import * as ofCommands from './command-invariants.ts';
import * as ofFiles from './file-invariants.ts';
import * as ofReviews from './review-invariants.ts';
import type { RunInvariant } from './run-invariant.ts';
import * as ofRuns from './run-invariants.ts';

/** Every invariant of a run's events by its name: what PROTOCOL.md promises, whatever happens to the run. */
export const allInvariants = {
  ...ofRuns,
  ...ofAttempts,
  ...ofCommands,
  ...ofFiles,
  ...ofReviews,
  appendOrder,
} as const satisfies Readonly<Record<string, RunInvariant>>;
