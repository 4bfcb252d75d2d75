import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** For files that can be made again. Unlike the system's temporary folder it belongs to who installed the code. */
const folder = fileURLToPath(new URL('../../node_modules/.cache/stagewire', import.meta.url));

/**
 * Imports with the compiled code of the start before. Stripping the types of three hundred files and compiling them
 * takes half of a start, and while a server starts, the backoff of its clients grows. Where the folder cannot be
 * written, all is compiled at every start.
 */
export async function importCached<Module>(load: () => Promise<Module>): Promise<Module> {
  enableCompileCache(folder);
  const loaded = await load();
  // Node writes the cache when the process exits, which a killed process does not reach.
  flushCompileCache();
  return loaded;
}
