import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Says how the whole run went in one line of its own: `N passed, N failed`, and `, N skipped` if there were
 * any. A file that cannot be loaded and an error outside of all tests count as failed; a run without one passed
 * or failed test is failed. With `STAGEWIRE_CLOSING_LINE_FILE` the line goes to that file instead. Tests that passed only
 * when they were run again are named before.
 */
export function createClosingLineReporter(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]) {
      const count = { passed: 0, failed: errors.length, skipped: 0 };
      for (const module of modules) {
        count.failed += module.errors().length;
        for (const test of module.children.allTests()) {
          const { state } = test.result();
          // A test that is still pending was cut off with its worker: it has not passed.
          count[state === 'pending' ? 'failed' : state] += 1;
          if (test.diagnostic()?.flaky === true)
            process.stdout.write(
              `Passed only when it was run again: ${module.relativeModuleId} > ${test.fullName}\n`,
            );
        }
      }
      if (count.passed + count.failed === 0) process.exitCode = 1;
      const skipped = count.skipped === 0 ? '' : `, ${count.skipped} skipped`;
      const line = `${count.passed} passed, ${count.failed} failed${skipped}\n`;
      const file = process.env['STAGEWIRE_CLOSING_LINE_FILE'];
      if (file === undefined || file === '') process.stdout.write(line);
      else writeFileSync(file, line);
    },
  };
}
