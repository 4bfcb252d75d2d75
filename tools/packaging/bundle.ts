import { join } from 'node:path';
import { build } from 'vite';
import { entries } from './entries.ts';

/**
 * Writes the package's JavaScript: one file for each entry, and one for what they share, so that a class is the same
 * whichever entry it came by. What the package depends on stays outside; `@stagewire/shared` is taken in.
 */
export async function bundle(root: string, folder: string): Promise<void> {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    resolve: { conditions: ['@stagewire/source'] },
    // Else it would be React's development runtime wherever NODE_ENV is not production, as in a test.
    oxc: { jsx: { runtime: 'automatic', development: false } },
    build: {
      outDir: folder,
      emptyOutDir: false,
      // Whoever uses the package has a bundler to make it small, and reads it as it is when it breaks.
      minify: false,
      target: 'es2023',
      reportCompressedSize: false,
      lib: {
        entry: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(root, path)])),
        formats: ['es'],
        fileName: (_format, name) => `${name}.js`,
      },
      rolldownOptions: {
        external: [/^@trpc\//, /^react(?:\/|$)/, /^zod(?:\/|$)/],
        output: {
          chunkFileNames: 'shared-[hash].js',
          // Frameworks that render components on the server too must be told that hooks need the browser.
          banner: ({ name }) => (name === 'react' ? `'use client';` : ''),
        },
      },
    },
  });
}
