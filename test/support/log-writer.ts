import { writeSync } from 'node:fs';
import { LogUnavailable } from '../../server/log/event-log.ts';
import { openDataDir } from '../../server/log/data-dir.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createRunScript, runIdOf } from './run-script.ts';

/**
 * A process of its own that claims the data directory of its first argument and writes to its log as fast as it can,
 * eight runs side by side. It says each event that was acknowledged as a line `<runId> <seq>`, and when the log
 * refuses, `refused <events published> <events acknowledged>`, and stops.
 */
const [path = ''] = process.argv.slice(2);

/** At once and whole, or a kill would take lines away that stand for something acknowledged; a full pipe is waited for. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

const dataDir = await openDataDir(path);
await dataDir.writeServerJson({
  url: 'http://127.0.0.1:1',
  pid: process.pid,
  startedAt: new Date().toISOString(),
});
const log = createSqliteLog({ path: dataDir.logPath, clock: systemClock });
let published = 0;
let acknowledged = 0;
log.watchAll((entries) => (published += entries.length));
say('ready');

async function write(number: number): Promise<void> {
  const script = createRunScript(runIdOf(number));
  for (let append = script.begin(); ; append = script.deltas('some text '.repeat(20), 'more')) {
    await log.append(append);
    acknowledged += append.events.length;
    for (const event of append.events) say(`${event.runId} ${event.seq}`);
  }
}

const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8].map(write));
const allUnavailable = outcomes.every(
  (it) => it.status === 'rejected' && it.reason instanceof LogUnavailable,
);
say(allUnavailable ? `refused ${published} ${acknowledged}` : `unexpected ${JSON.stringify(outcomes)}`);
// In the end the disk is full for good; what cannot be tidied up either is what the test wants to see left.
await log.close().catch(() => undefined);
process.exit(0);
