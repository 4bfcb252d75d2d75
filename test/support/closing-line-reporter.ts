import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface FileCounts extends Counts {
  /** Has its project no retries? Its files share a process: a failure may be the doing of another file. */
  readonly isFinal: boolean;
}

/** What several runs of the tests have found: of each file, what its last run has. */
interface Results {
  readonly files: Record<string, FileCounts>;
  /** Errors of no file. No further run takes one back. */
  errors: number;
}

/**
 * Says how the whole run went in one line of its own: `N passed, N failed`, and `, N skipped` if there were
 * any. A file that cannot be loaded and an error outside of all tests count as failed; a run without one passed
 * or failed test is failed. Tests that passed only when they were run again are named before.
 *
 * With `STAGEWIRE_TEST_RESULTS`, a folder, the line goes to its file `closing-line`, and the paths of the files with failures to
 * `failed-files`, but for those of projects without retries. A further run with the same folder may have these files only: it
 * replaces their results, and its line counts all files.
 */
export function createClosingLineReporter(folder = process.env['STAGEWIRE_TEST_RESULTS'] ?? ''): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]) {
      const results = readResults(folder);
      const found = resultsByFile(modules);
      for (const error of errors) {
        // Where a rejection is handled nowhere, Vitest notes which file was running.
        const module = modules.find(({ moduleId }) => moduleId === error['VITEST_TEST_PATH']);
        const counts = module && found[module.relativeModuleId];
        if (counts === undefined) results.errors += 1;
        else counts.failed += 1;
      }
      for (const [path, counts] of Object.entries(found)) {
        if (counts.failed === 0 && (results.files[path]?.failed ?? 0) > 0)
          process.stdout.write(`Passed only when its file was run again: ${path}\n`);
        results.files[path] = counts;
      }
      const files = Object.entries(results.files);
      const sum = (name: keyof Counts) => files.reduce((total, [, counts]) => total + counts[name], 0);
      const failed = sum('failed') + results.errors;
      if (failed > 0 || sum('passed') === 0) process.exitCode = 1;
      const skipped = sum('skipped') === 0 ? '' : `, ${sum('skipped')} skipped`;
      const line = `${sum('passed')} passed, ${failed} failed${skipped}\n`;
      if (folder === '') {
        process.stdout.write(line);
        return;
      }
      const failedFiles = files
        .filter(([, counts]) => counts.failed > 0 && !counts.isFinal)
        .map(([path]) => `${path}\n`);
      writeFileSync(join(folder, 'results.json'), JSON.stringify(results));
      writeFileSync(join(folder, 'failed-files'), failedFiles.join(''));
      writeFileSync(join(folder, 'closing-line'), line);
    },
  };
}

function readResults(folder: string): Results {
  const path = join(folder, 'results.json');
  if (folder === '' || !existsSync(path)) return { files: {}, errors: 0 };
  return JSON.parse(readFileSync(path, 'utf8')) as Results;
}

/** A file may be a module in several projects. */
function resultsByFile(modules: readonly TestModule[]): Record<string, FileCounts> {
  const files: Record<string, FileCounts> = {};
  for (const module of modules) {
    // It has no default, whatever its type says.
    const { retry }: { readonly retry?: unknown } = module.project.config;
    const isFinal = retry === undefined || retry === 0;
    const counts = (files[module.relativeModuleId] ??= { passed: 0, failed: 0, skipped: 0, isFinal });
    counts.failed += module.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // A test that is still pending was cut off with its worker: it has not passed.
      counts[state === 'pending' ? 'failed' : state] += 1;
      if (test.diagnostic()?.flaky === true)
        process.stdout.write(
          `Passed only when it was run again: ${module.relativeModuleId} > ${test.fullName}\n`,
        );
    }
  }
  return files;
}
