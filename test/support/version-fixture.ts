import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunEvent, RunState, RunSummary } from '@stagewire/shared';

/** Where the fixtures of all versions are; each has a folder `version-<package version>-protocol-<n>`. */
export const fixturesFolder = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** What one version of the server has left behind when it was killed. */
export interface VersionFixture {
  readonly folder: string;
  /** `log.db`: a whole data directory's log, as the kill left it. */
  readonly logPath: string;
  /** Of each run, by its name in the fixture: what a subscriber was sent, as JSON lines. */
  readonly events: Readonly<Record<string, readonly RunEvent[]>>;
  /** Of each run: the fold of its events, by that version. */
  readonly states: Readonly<Record<string, RunState>>;
  /** The list of runs, newest first, as that version had it in its index. */
  readonly summaries: readonly RunSummary[];
}

export function versionFixtures(): readonly string[] {
  return readdirSync(fixturesFolder).filter((name) => name.startsWith('version-'));
}

export function readVersionFixture(name: string): VersionFixture {
  const folder = join(fixturesFolder, name);
  const text = (path: string) => readFileSync(join(folder, path), 'utf8');
  const runs = readdirSync(join(folder, 'events')).map((file) => file.replace(/\.jsonl$/, ''));
  return {
    folder,
    logPath: join(folder, 'log.db'),
    events: Object.fromEntries(
      runs.map((run) => [
        run,
        text(`events/${run}.jsonl`)
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as RunEvent),
      ]),
    ),
    states: JSON.parse(text('states.json'), renamedStatus) as Record<string, RunState>,
    summaries: JSON.parse(text('summaries.json')) as RunSummary[],
  };
}

/** A stage in backoff had the status `waiting` when the first fixture was made. States are derived, never stored. */
function renamedStatus(key: string, value: unknown): unknown {
  return key === 'status' && value === 'waiting' ? 'backoff' : value;
}
