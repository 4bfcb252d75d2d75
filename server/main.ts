import { importCached } from './process/compile-cache.ts';

const { serve } = await importCached(() => import('./serve.ts'));
process.exitCode = await serve();
