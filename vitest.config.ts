import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { createClosingLineReporter } from './test/support/closing-line-reporter.ts';
import { LongestFirst } from './test/support/longest-first.ts';

/** Without processes, sockets or globals of their own: a file of these leaves nothing behind for the next. */
const pure = ['test/unit/**/*.test.ts', 'test/architecture/**/*.test.ts'];

/** In a real Chromium. */
const browser = 'test/browser/**/*.test.ts';

/** They hold times that a second process beside them would change. */
const alone = [
  'test/browser/console-smooth.test.ts',
  'test/guarantees/hostile-models.test.ts',
  'test/guarantees/memory-attacks.test.ts',
  'test/regression/refusals-of-many-calls.test.ts',
];

/** They need npm's registry: `npm run test:install`. */
const installing = 'test/install/**';

/** What `npm run bench:peers` installs may have tests of its own. */
const peersPackages = 'test/peers/**';

/**
 * Where cores are shared, processes and Chromium can be slower than any patience. What needed another run is named at the end.
 * A file whose tests fail twice is run again by `.ci/tests`.
 */
const retry = process.env['CI'] === 'true' ? 1 : 0;

export default defineConfig({
  // Without `import`: it would also apply to `require`, and a package with a build of each kind would get the wrong one.
  resolve: { conditions: ['@stagewire/source'] },
  ssr: { resolve: { conditions: ['@stagewire/source'] } },
  test: {
    reporters: ['default', createClosingLineReporter()],
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A second, the default, is too short for a page where cores are shared.
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    maxWorkers: 2,
    // Halves what each server and command that a test starts needs to load itself.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url)) },
    projects: [
      {
        extends: true,
        test: {
          name: 'isolated',
          include: ['test/**/*.test.ts'],
          exclude: [...pure, ...alone, browser, installing, peersPackages],
          retry,
        },
      },
      {
        extends: true,
        test: { name: 'browser', include: [browser], exclude: alone, retry },
      },
      // One file after the other, when the other projects have ended.
      {
        extends: true,
        test: { name: 'alone', include: alone, fileParallelism: false, retry },
      },
      // One process for many files: starting one for each, and loading the same modules again, took longer than the tests.
      { extends: true, test: { name: 'pure', include: pure, isolate: false } },
    ],
  },
});
