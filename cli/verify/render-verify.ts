import { cleanLine } from '../render/clean-text.ts';
import type { Paint } from '../terminal/paint.ts';
import type { CheckResult } from './verify.ts';

/** One check with its result; for a failure also the expected and the actual value. */
export function resultLines(result: CheckResult, paint: Paint): string[] {
  const { number, rule, name, outcome, durationMs } = result;
  const mark = { pass: paint('green', 'pass'), fail: paint('red', 'FAIL'), skip: paint('dim', 'skip') }[
    outcome
  ];
  const head = `${String(number).padStart(3)} ${mark} ${rule.padEnd(6)} ${name}`;
  switch (outcome) {
    case 'pass':
      return [`${head} ${paint('dim', `${durationMs} ms`)}`];
    case 'skip':
      return [`${head}: ${paint('dim', cleanLine(result.reason ?? ''))}`];
    case 'fail':
      return [
        head,
        `             expected ${cleanLine(result.expected ?? '', 600)}`,
        `             saw      ${cleanLine(result.seen ?? '', 600)}`,
      ];
    default:
      return outcome satisfies never;
  }
}

/** The last line. */
export function verdictLine(results: readonly CheckResult[], paint: Paint): string {
  const count = (outcome: CheckResult['outcome']) => results.filter((it) => it.outcome === outcome).length;
  const failed = results.filter(({ outcome }) => outcome === 'fail');
  const sums = `${count('pass')} passed, ${failed.length} failed, ${count('skip')} skipped`;
  if (failed.length === 0) return paint('green', `${sums}.`);
  const rules = [...new Set(failed.map(({ rule }) => rule))].join(', ');
  return paint('red', `${sums}. Violated rules: ${rules}. See PROTOCOL.md.`);
}
