import { defineConfig } from 'vitest/config';
import { createClosingLineReporter } from '../support/closing-line-reporter.ts';

/** `npm run test:install`: tests that install packages from npm's registry. `npm test` leaves them out. */
export default defineConfig({
  resolve: { conditions: ['@stagewire/source'] },
  ssr: { resolve: { conditions: ['@stagewire/source'] } },
  test: {
    reporters: ['default', createClosingLineReporter()],
    include: ['test/install/**/*.test.ts'],
    pool: 'forks',
    // One installation at a time, since they are timed.
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 240_000,
  },
});
