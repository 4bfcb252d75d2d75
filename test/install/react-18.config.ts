import { defineConfig } from 'vitest/config';
import { reactAlias } from '../support/react-folder.ts';

/** The tests of the hooks and of the examples in docs/EMBED.md, with the React that react-18.test.ts has installed. */
export default defineConfig({
  resolve: { conditions: ['@stagewire/source'], alias: reactAlias },
  ssr: { resolve: { conditions: ['@stagewire/source'] } },
  test: {
    include: [
      'test/browser/react-*.test.ts',
      'test/integration/embed-*.test.ts',
      'test/install/react-18-version.ts',
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
