import type { NumberedCheck } from './all-checks.ts';
import { CheckFailed, CheckSkipped } from './expectation.ts';
import { createVerifyKit, type VerifyContext } from './verify-kit.ts';

/** The result of one check. */
export interface CheckResult {
  readonly number: number;
  readonly rule: string;
  /** Other rules whose violation it would detect. */
  readonly also: readonly string[];
  readonly name: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
  readonly durationMs: number;
  /** Only for a failure. */
  readonly expected?: string;
  readonly seen?: string;
  /** Only for a skipped check. */
  readonly reason?: string;
}

export interface VerifyOptions {
  readonly checks: readonly NumberedCheck[];
  readonly slow: boolean;
  /** Stops before the next check. */
  readonly signal: AbortSignal;
  readonly onResult: (result: CheckResult) => Promise<void>;
}

/** Executes the checks one after the other. A failed check does not stop the others. */
export async function verify(bench: VerifyContext, options: VerifyOptions): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of options.checks) {
    if (options.signal.aborted) break;
    const result = await makeCheck(bench, check, options.slow);
    results.push(result);
    await options.onResult(result);
  }
  return results;
}

async function makeCheck(bench: VerifyContext, check: NumberedCheck, slow: boolean): Promise<CheckResult> {
  const { number, rule, also = [], name } = check;
  const beganMs = bench.nowMs();
  const result = (more: Pick<CheckResult, 'outcome' | 'expected' | 'seen' | 'reason'>): CheckResult => {
    return { number, rule, also, name, durationMs: Math.round(bench.nowMs() - beganMs), ...more };
  };
  if (check.slow === true && !slow)
    return result({ outcome: 'skip', reason: 'it takes ten seconds; enable it with --slow' });
  await using kit = createVerifyKit(bench, check);
  try {
    await check.run(kit);
    return result({ outcome: 'pass' });
  } catch (error) {
    if (error instanceof CheckSkipped) return result({ outcome: 'skip', reason: error.message });
    if (error instanceof CheckFailed) {
      return result({ outcome: 'fail', expected: error.expected, seen: error.seen });
    }
    // The server's message could not be parsed at all: that is a failure of the server.
    const seen = error instanceof Error ? error.message : String(error);
    return result({ outcome: 'fail', expected: 'a message that can be parsed', seen });
  }
}
