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
  /** Processes that wanted a core, over the minute before the bench began. */
  readonly loadBefore: number;
  /** The same for the time that it took, over the last quarter of an hour at most. */
  readonly loadDuring?: number;
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

/** Of the last minute, or of as many minutes as the system knows. */
export function loadOver(ms: number): number {
  const [one = Number.NaN, five = Number.NaN, fifteen = Number.NaN] = loadavg();
  return ms < 180_000 ? one : ms < 600_000 ? five : fifteen;
}
