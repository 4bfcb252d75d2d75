import { exitCodes } from '../terminal/exit-codes.ts';
import type { LoadReport } from './load-report.ts';

/** The exit code that k6 uses for a missed threshold. */
const thresholdMissed = 99;

/** A threshold that was not judged is neither met nor missed: the result has no verdict, as one that is not valid. */
export function exitCodeOfReport({ valid, thresholds, broken }: LoadReport): number {
  const missed = thresholds.filter(({ met }) => met === false);
  // Counters are valid even if the generator was saturated.
  if (missed.some(({ unit }) => unit === 'count')) return thresholdMissed;
  if (!valid) return exitCodes.failed;
  if (missed.length > 0) return thresholdMissed;
  const isUnjudged = thresholds.some(({ met }) => met === null);
  return isUnjudged || broken.length > 0 ? exitCodes.failed : exitCodes.done;
}
