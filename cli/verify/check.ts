import { CheckSkipped } from './expectation.ts';
import type { VerifyKit } from './verify-kit.ts';

/** One rule of PROTOCOL.md, as it can be seen from outside. */
export interface Check {
  /** As PROTOCOL.md numbers it; `§3` for what a section says without a number. */
  readonly rule: string;
  /** Other rules that it would see broken. */
  readonly also?: readonly string[];
  /** What must be true, in a sentence without its end. */
  readonly name: string;
  /** It takes ten seconds or more: only with `--slow`. */
  readonly slow?: boolean;
  /** Passes by returning. @throws CheckFailed, CheckSkipped */
  run(kit: VerifyKit): Promise<void>;
}

/** A rule that cannot be seen from outside: it is listed, with the reason. */
export function unseen(rule: string, name: string, why: string, also: readonly string[] = []): Check {
  return {
    rule,
    also,
    name,
    run() {
      return Promise.reject(new CheckSkipped(why));
    },
  };
}
