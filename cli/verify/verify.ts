import type { NumberedCheck } from './all-checks.ts';
import { CheckFailed, CheckSkipped } from './expectation.ts';
import { createVerifyKit, type VerifyContext } from './verify-kit.ts';

/** What became of one check. */
export interface CheckResult {
  readonly number: number;
  readonly rule: string;
  /** Other rules that it would see broken. */
  readonly also: readonly string[];
  readonly name: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
  readonly durationMs: number;
  /** Of a failure. */
  readonly expected?: string;
  readonly seen?: string;
  /** Of a check that was not made. */
  readonly reason?: string;
}

export interface VerifyOptions {
  readonly checks: readonly NumberedCheck[];
  readonly slow: boolean;
  /** Ends the list before its end. */
  readonly signal: AbortSignal;
  readonly onResult: (result: CheckResult) => Promise<void>;
}

/** Makes one check after the other. One that fails keeps no other from being made. */
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
    return result({ outcome: 'skip', reason: 'it takes ten seconds; --slow makes it' });
  await using kit = createVerifyKit(bench);
  try {
    await check.run(kit);
    return result({ outcome: 'pass' });
  } catch (error) {
    if (error instanceof CheckSkipped) return result({ outcome: 'skip', reason: error.message });
    if (error instanceof CheckFailed) {
      return result({ outcome: 'fail', expected: error.expected, seen: error.seen });
    }
    // What the server sent could not even be read: that is a failure of the server, not of this list.
    const seen = error instanceof Error ? error.message : String(error);
    return result({ outcome: 'fail', expected: 'something that can be read', seen });
  }
}
