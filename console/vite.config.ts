import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { createBundledPackages } from './bundled-packages.ts';

const packages = createBundledPackages();

/** The console's build. For development, `npx vite console` serves it and proxies to a server at the default port. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, because a proxy may serve the console under a path prefix.
  base: './',
  plugins: [react(), packages.collect(), packages.write()],
  resolve: { conditions: ['@stagewire/source', 'module', 'browser', 'production', 'default'] },
  // A worker imports its chunks as ES modules.
  worker: { format: 'es', plugins: () => [packages.collect()] },
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    // Inlined files would be data: URLs, which the page's content security policy allows for images only.
    assetsInlineLimit: 0,
    // The supported browsers need no polyfill.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Few chunks before the first paint: each has headers of its own, and small files compress badly.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'first', tags: ['$initial'], priority: 3 },
            // What only authentication needs, or only a diff, is not in the chunk that every page loads.
            {
              name: 'common',
              test: /^(?!.*\/(?:console\/(?:session|share|styles\/session)|node_modules\/diff\/|(?:text|line)-diff\.ts))/,
              minShareCount: 2,
              priority: 2,
            },
            { name: 'diff', test: /\/(?:node_modules\/diff\/|(?:text|line)-diff\.ts)/, priority: 1 },
          ],
        },
      },
    },
    chunkSizeWarningLimit: 1500,
  },
  server: {
    proxy: { '/trpc': { target: 'http://127.0.0.1:4600', ws: true }, '/session': 'http://127.0.0.1:4600' },
  },
});
