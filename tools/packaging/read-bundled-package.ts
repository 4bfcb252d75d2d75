import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A package whose code is in the package `stagewire`. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** The field `license` of its manifest, an SPDX identifier; `none` if there is no such field. */
  readonly identifier: string;
  /** Its license file, if it has one. */
  readonly text?: string;
  /** Its files NOTICE: the license Apache-2.0 requires to distribute them. */
  readonly notices: readonly string[];
}

export async function readBundledPackage(folder: string): Promise<BundledPackage> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const files = await readdir(folder);
  const read = (path: string) => readFile(join(folder, path), 'utf8');
  const file = files.find((it) => /^(?:licen[cs]e|copying)/i.test(it));
  return {
    name,
    version,
    identifier: license ?? 'none',
    ...(file === undefined ? {} : { text: await read(file) }),
    notices: await Promise.all(files.filter((it) => /^notice/i.test(it)).map(read)),
  };
}
