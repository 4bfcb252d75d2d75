import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const texts = new Set(['.css', '.js', '.json', '.svg']);

/** Below this a file fits into the first packets of a connection, whatever its encoding. */
const leastBytes = 1024;

/** The best quality makes files 7 % smaller and takes six times as long, at each installation. */
const brotliQuality = { best: 11, usual: 9 } as const;

export interface CompressOptions {
  /** The files that are worth the best quality, by their paths in the folder. */
  readonly best: ReadonlySet<string>;
}

/**
 * Writes `<name>.br` and `<name>.gz` next to each text file of a built console, so that the server compresses nothing
 * itself. A compressed file that would not be smaller is not written.
 */
export async function compressFiles(folder: string, { best }: CompressOptions): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && texts.has(extname(entry.name)));
  await Promise.all(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const isBest = best.has(relative(folder, path).split(sep).join('/'));
      return compressFile(path, isBest ? brotliQuality.best : brotliQuality.usual);
    }),
  );
}

async function compressFile(path: string, quality: number): Promise<void> {
  const body = await readFile(path);
  if (body.byteLength < leastBytes) return;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: body.byteLength,
  };
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(body, { params }),
    promisify(gzip)(body, { level: constants.Z_BEST_COMPRESSION }),
  ]);
  if (br.byteLength < body.byteLength) await writeFile(`${path}.br`, br);
  if (gz.byteLength < body.byteLength) await writeFile(`${path}.gz`, gz);
}
