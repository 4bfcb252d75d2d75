import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@stagewire/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@stagewire/source', 'node', 'import', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
