import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { createClosingLineReporter } from './test/support/closing-line-reporter.ts';

export default defineConfig({
  // Without `import`: it would also apply to `require`, and a package with a build of each kind would get the wrong one.
  resolve: { conditions: ['@stagewire/source'] },
  ssr: { resolve: { conditions: ['@stagewire/source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', createClosingLineReporter()],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    maxWorkers: 2,
    // Halves what each server and command that a test starts needs to load itself.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url)) },
  },
});
