import { availableParallelism, cpus, loadavg, platform, release } from 'node:os';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

/** Where figures were taken: without it they say nothing. */
export interface Environment {
  readonly at: string;
  readonly cores: number;
  readonly cpu: string;
  readonly system: string;
  readonly node: string;
  /** Of the packages that do the work. */
  readonly versions: Readonly<Record<string, string>>;
  readonly sqlite: string;
  /** Processes that wanted a core, over the last minute, before the bench began. */
  readonly loadBefore: number;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

export function readEnvironment(): Environment {
  const versions = Object.fromEntries(
    ['@trpc/server', 'openai', 'undici', 'ws', 'zod'].map((name) => {
      const text = readFileSync(`${root}node_modules/${name}/package.json`, 'utf8');
      return [name, (JSON.parse(text) as { version: string }).version];
    }),
  );
  const database = new DatabaseSync(':memory:');
  const { version } = database.prepare('SELECT sqlite_version() AS version').get() as { version: string };
  database.close();
  return {
    at: new Date().toISOString(),
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    system: `${platform()} ${release()}`,
    node: process.version,
    versions,
    sqlite: `${version}, WAL, synchronous NORMAL (the server’s default)`,
    loadBefore: loadavg()[0] ?? Number.NaN,
  };
}
