#!/usr/bin/env node

// The command of a clone: `npm ci` links it as node_modules/.bin/stagewire, and `npx stagewire` runs it with the Node of
// the project. It is JavaScript and imports nothing before it has checked the version, so that an older Node can run it.
const least = 24;
const { node } = process.versions;

if (Number(node.split('.', 1)[0]) >= least) {
  const { enableCompileCache, registerHooks } = await import('node:module');
  const { fileURLToPath } = await import('node:url');
  enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/stagewire', import.meta.url)));
  // As --conditions=@stagewire/source does, which cannot be given to a command: our packages are their sources.
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, '@stagewire/source'] }),
  });
  await import('./stagewire.ts');
} else {
  process.stderr.write(
    `Stagewire needs Node ${least} or later, and this is Node ${node}. "npx stagewire" in the clone uses the Node that "npm ci" has installed.\n`,
  );
  process.exitCode = 1;
}
