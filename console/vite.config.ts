import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** How the console is built; for work on it, `npx vite console` serves it beside a server at its usual port. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, since a proxy may serve the console below a path.
  base: './',
  plugins: [react()],
  resolve: { conditions: ['@stagewire/source', 'module', 'browser', 'production', 'default'] },
  // Chunks of a worker are imported by the worker.
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    // Inlined files would be data: addresses, which the page's policy allows for images only.
    assetsInlineLimit: 0,
    // Fonts, icons and polyfills are none; what is left is read from a loopback server.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { '/trpc': { target: 'http://127.0.0.1:4600', ws: true } } },
});
