import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { generatedFiles } from './generator/generated-files.ts';

// `npm run generate` writes everything that is generated from the contract in shared/. With `--check` it writes
// nothing, and exits with 1 if a file is out of date.

const checkOnly = process.argv.includes('--check');
const root = new URL('../', import.meta.url);
const outdated: string[] = [];

await mkdir(new URL('client/generated/', root), { recursive: true });
for (const [path, text] of generatedFiles()) {
  if ((await textOf(path)) === text) continue;
  outdated.push(path);
  if (!checkOnly) await writeFile(new URL(path, root), text);
}

if (outdated.length === 0) {
  console.log('The generated files are up to date.');
} else if (checkOnly) {
  console.error(`Out of date: ${outdated.join(', ')}. The contract has changed; run npm run generate.`);
  process.exitCode = 1;
} else {
  console.log(`Written: ${outdated.join(', ')}.`);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(new URL(path, root), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
