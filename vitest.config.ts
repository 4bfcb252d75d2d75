import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { createClosingLineReporter } from './test/support/closing-line-reporter.ts';
import { LongestFirst } from './test/support/longest-first.ts';

/** Without processes, sockets or globals of their own: a file of these leaves nothing behind for the next. */
const pure = ['test/unit/**/*.test.ts', 'test/architecture/**/*.test.ts'];

/** In a real Chromium. */
const browser = 'test/browser/**/*.test.ts';

/** They need npm's registry: `npm run test:install`. */
const installing = 'test/install/**';

/** What `npm run bench:peers` installs may have tests of its own. */
const peersPackages = 'test/peers/**';

export default defineConfig({
  // Without `import`: it would also apply to `require`, and a package with a build of each kind would get the wrong one.
  resolve: { conditions: ['@stagewire/source'] },
  ssr: { resolve: { conditions: ['@stagewire/source'] } },
  test: {
    reporters: ['default', createClosingLineReporter()],
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 20_000,
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
          exclude: [...pure, browser, installing, peersPackages],
        },
      },
      // Where cores are shared, Chromium can be slower than any patience. What needed a second run is named at the end.
      {
        extends: true,
        test: { name: 'browser', include: [browser], retry: process.env['CI'] === 'true' ? 2 : 0 },
      },
      // One process for many files: starting one for each, and loading the same modules again, took longer than the tests.
      { extends: true, test: { name: 'pure', include: pure, isolate: false } },
    ],
  },
});
