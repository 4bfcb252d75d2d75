import { join } from 'node:path';
import { build } from 'vite';
import { entries } from './entries.ts';

/**
 * Writes the package's JavaScript: one file per entry, and one for shared code, so that a class is identical whichever
 * entry it is imported from. Dependencies are external; `@stagewire/shared` is bundled.
 */
export async function bundle(root: string, folder: string): Promise<void> {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    resolve: { conditions: ['@stagewire/source'] },
    // Otherwise the bundle would contain React's development runtime if NODE_ENV is not production, e.g. in a test.
    oxc: { jsx: { runtime: 'automatic', development: false } },
    build: {
      outDir: folder,
      emptyOutDir: false,
      // Not minified: users have their own bundlers, and readable stack traces help.
      minify: false,
      target: 'es2023',
      reportCompressedSize: false,
      lib: {
        entry: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(root, path)])),
        formats: ['es'],
        fileName: (_format, name) => `${name}.js`,
      },
      rolldownOptions: {
        external: [/^@trpc\//, 'diff', /^react(?:\/|$)/, /^zod(?:\/|$)/],
        output: {
          chunkFileNames: 'shared-[hash].js',
          // Frameworks with server components need to know that hooks run in the browser.
          banner: ({ name }) => (name === 'react' ? `'use client';` : ''),
        },
      },
    },
  });
}
