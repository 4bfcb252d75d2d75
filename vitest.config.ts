import { defineConfig } from 'vitest/config';
import { createClosingLineReporter } from './test/support/closing-line-reporter.ts';

export default defineConfig({
  resolve: { conditions: ['@stagewire/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@stagewire/source', 'node', 'import', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', createClosingLineReporter()],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
