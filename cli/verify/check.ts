import { CheckSkipped } from './expectation.ts';
import type { CheckTools } from './verify-kit.ts';

/** A test of one rule of PROTOCOL.md that can be observed from outside. */
export interface Check {
  /** The rule's number in PROTOCOL.md; `§3` for a statement of section 3 that has no number. */
  readonly rule: string;
  /** Other rules whose violation it would detect. */
  readonly also?: readonly string[];
  /** What must be true: a sentence without a full stop. */
  readonly name: string;
  /** Takes ten seconds or more: only with `--slow`. */
  readonly slow?: boolean;
  /** All of its connections go to the same node: it tests what a node keeps for itself. */
  readonly oneNode?: boolean;
  /** Passes by returning. @throws CheckFailed, CheckSkipped */
  run(kit: CheckTools): Promise<void>;
}

/** A rule that cannot be observed from outside: it is listed as skipped, with the reason. */
export function untestable(rule: string, name: string, why: string, also: readonly string[] = []): Check {
  return {
    rule,
    also,
    name,
    run() {
      return Promise.reject(new CheckSkipped(why));
    },
  };
}
