import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Run, RunEvent, StartInput, Stagewire } from '@stagewire/client';
import { fold, isTransient, PROTOCOL_VERSION, type RunState } from '@stagewire/shared';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { version } from '../../server/process/version.ts';
import { durableEntries } from './durable-entries.ts';
import { startModelCases, type ModelCases } from './model-cases.ts';
import { sloppyCrew } from './sloppy-crew.ts';
import { fixturesFolder } from './version-fixture.ts';

// node --conditions=@stagewire/source test/support/make-version-fixture.ts
//
// Writes the fixture of this version: run it before a change of stored events, of the state or of the tables, and
// never change what it wrote. Each server is killed by copying its log while it is running: SQLite's snapshot holds
// what is committed at that moment, and so would the disk.

const fixture = join(fixturesFolder, `version-${version}-protocol-${PROTOCOL_VERSION}`);
const work = await mkdtemp(join(tmpdir(), 'stagewire-fixture-'));
const names = new Map<string, string>();
const sent = new Map<string, readonly RunEvent[]>();
const quick = 'ttft=0,tps=0,reasoning=30,seed=7';
/** Every attempt writes a hundred characters and then waits for what is done to it. */
const stalling = `rehearsal/${quick},fault=stall@100`;

try {
  const [first, second] = [join(work, 'first'), join(work, 'second')];
  await rm(fixture, { recursive: true, force: true });
  for (const folder of [first, second, fixture, join(fixture, 'events')])
    await mkdir(folder, { recursive: true });

  await serve({ dataDir: first, killedInto: second }, async ({ client }) => {
    const run = await begin(client, 'recovered', {
      models: { default: `rehearsal/${quick},chars=200,fault=stall@100x1` },
      pipeline: { roles: ['coder', 'documenter'] },
    });
    await writingIn(run, 1, 1);
    await run.steer('Name the recovery.', { mode: 'next', expect: { role: 'coder' } });
  });
  await serve({ dataDir: second, killedInto: fixture }, async (cases) => {
    await playEnded(cases);
    await playUnfinished(cases.client);
  });
  await writeFolded();
} finally {
  await rm(work, { recursive: true, force: true });
}

async function serve(
  { dataDir, killedInto }: { readonly dataDir: string; readonly killedInto: string },
  play: (cases: ModelCases) => Promise<void>,
): Promise<void> {
  // The backoff is so long that a run is in it when the server is killed, and three places leave the fourth queued.
  const runs = { retryBaseMs: 2000, retryCapMs: 3_600_000, maxRunningRuns: 3 };
  await using cases = await startModelCases({ dataDir, app: { runs } });
  await play(cases);
  const database = new DatabaseSync(join(dataDir, 'log.db'), { readOnly: true });
  database.prepare('VACUUM INTO ?').run(join(killedInto, 'log.db'));
  database.close();
}

async function playEnded(cases: ModelCases): Promise<void> {
  const { client } = cases;
  await ended(client.run(idOf('recovered')));

  const crew = await cases.play(sloppyCrew());
  names.set(crew.runId, 'sloppy-crew');
  await ended(client.run(crew.runId));

  await ended(
    await begin(client, 'refined', {
      // The two hundredth character is the first half of a pair: no summary may end with it.
      task: `${'A queue. '.repeat(22)}x😀 and more`,
      models: { default: `rehearsal/${quick},chars=250` },
      pipeline: { roles: ['coder', 'reviewer', 'refiner'] },
      files: [{ path: 'notes/wishes.md', text: 'Keep it small.\n' }],
      instructions: { all: 'Write short sentences.', coder: 'No classes.' },
      settings: { coder: { effort: 'low', maxOutputTokens: 4000 } },
      labels: { team: 'red', 'made-by': 'the fixture' },
    }),
  );
  await ended(
    await begin(client, 'retried', {
      models: { default: `rehearsal/${quick},chars=300,fault=coder.drop@120x1,fault=reviewer.invalidx1` },
      pipeline: { roles: ['coder', 'reviewer'] },
    }),
  );
  await ended(
    await begin(client, 'failed', {
      models: { default: `rehearsal/${quick},fault=refuse` },
      pipeline: { roles: ['coder'] },
    }),
  );
  await ended(
    await begin(client, 'out-of-attempts', {
      models: { default: `rehearsal/${quick},fault=empty` },
      pipeline: { roles: ['documenter'] },
      limits: { maxAttemptsPerStage: 2, maxDurationMs: 60_000 },
    }),
  );
  await ended(await playCommanded(client));
  await ended(await playCancelled(client));
}

async function playCommanded(client: Stagewire): Promise<Run> {
  const run = await begin(client, 'commanded', {
    models: { default: stalling },
    pipeline: { roles: ['architect', 'coder', 'documenter'] },
  });
  const stage = (ordinal: number) => ({ stage: ordinal });
  await writingIn(run, 1, 1);
  await run.steer('Say it in other words.', { expect: { stage: 1, attempt: 1 } });
  await writingIn(run, 1, 2);
  await run.steer('Go on about limits.', { mode: 'continue', scope: 'stage', expect: { role: 'architect' } });
  await writingIn(run, 1, 3);
  await run.steer('Begin again.', { draft: 'drop', expect: stage(1) });
  await writingIn(run, 1, 4);
  await run.steer('Mind the tests.', { mode: 'next', expect: 'any' });
  await run.cancel({ target: 'stage', reason: 'enough', expect: stage(1) });
  await writingIn(run, 2, 1);
  await run.redirect('documenter', { text: 'Only the page.', expect: stage(2) });
  await writingIn(run, 3, 1);
  await run.cancel({ target: 'stage', expect: stage(3) });
  return run;
}

async function playCancelled(client: Stagewire): Promise<Run> {
  const run = await begin(client, 'cancelled', {
    models: { default: stalling },
    pipeline: { roles: ['coder', 'reviewer'] },
  });
  await writingIn(run, 1, 1);
  await run.steer('This is dropped.', { mode: 'next', expect: { stage: 1 } });
  await run.cancel({ target: 'run', reason: 'no longer wanted' });
  return run;
}

async function playUnfinished(client: Stagewire): Promise<void> {
  const running = await begin(client, 'running', {
    models: { default: `rehearsal/${quick},chars=300,fault=reviewer.stall@20` },
    pipeline: { roles: ['coder', 'reviewer', 'documenter'] },
  });
  await writingIn(running, 2, 1);
  await running.steer('For the next stage.', { mode: 'next', expect: { stage: 2 } });

  const reasoning = await begin(client, 'reasoning', {
    models: { default: `rehearsal/ttft=0,tps=4,reasoning=2000,seed=7` },
    pipeline: { roles: ['architect'] },
  });
  await firstEvent(reasoning, (event) => event.type === 'stage.reasoning');

  const waiting = await begin(client, 'backoff', {
    models: { default: `rehearsal/${quick},fault=error@50` },
    pipeline: { roles: ['coder'] },
  });
  await firstEvent(waiting, (event) => event.type === 'stage.failed' && event.attempt === 2);

  const queued = await begin(client, 'queued', {
    models: { default: 'rehearsal/ttft=0,tps=20,chars=3000,seed=7' },
    pipeline: { roles: ['coder', 'reviewer'], maxRefinements: 0 },
    files: [{ path: 'src/given.ts', text: 'export const given = 1;\n' }],
    labels: { team: 'blue' },
  });
  await queued.steer('Said before it began.', { expect: 'any' });
}

async function begin(client: Stagewire, name: string, input: Partial<StartInput>): Promise<Run> {
  const run = await client.start({ ...input, task: input.task ?? `A small queue, ${name}` });
  names.set(run.id, name);
  return run;
}

async function ended(run: Run): Promise<void> {
  const events: RunEvent[] = [];
  for await (const event of run.events()) events.push(event);
  sent.set(run.id, events);
}

async function writingIn(run: Run, stage: number, attempt: number): Promise<void> {
  await firstEvent(
    run,
    (event) => event.type === 'stage.delta' && event.stage === stage && event.attempt === attempt,
  );
}

async function firstEvent(run: Run, isIt: (event: RunEvent) => boolean): Promise<void> {
  for await (const event of run.events()) if (isIt(event)) return;
  throw new Error(`the run ${names.get(run.id)} ended before what the fixture waits for`);
}

function idOf(name: string): string {
  for (const [runId, known] of names) if (known === name) return runId;
  throw new Error(`there is no run ${name}`);
}

async function writeFolded(): Promise<void> {
  const copy = join(work, 'log.db');
  await copyFile(join(fixture, 'log.db'), copy);
  const log = createSqliteLog({ path: copy, clock: systemClock });
  const entries = durableEntries(await log.readAll({ after: 0, limit: 1_000_000 }));
  const states: Record<string, RunState | undefined> = {};
  for (const [runId, name] of names) {
    const stored = entries.filter(({ event }) => event.runId === runId).map(({ event }) => event);
    states[name] = stored.reduce<RunState | undefined>(fold, undefined);
    const events = (sent.get(runId) ?? stored).filter((event) => !isTransient(event));
    const lines = events.map((event) => `${JSON.stringify(event)}\n`);
    await writeFile(join(fixture, 'events', `${name}.jsonl`), lines.join(''));
  }
  // A line for each run: small, and a difference can be read.
  const lines = Object.entries(states).map(
    ([name, state]) => `${JSON.stringify(name)}: ${JSON.stringify(state)}`,
  );
  await writeFile(join(fixture, 'states.json'), `{\n${lines.join(',\n')}\n}\n`);
  const summaries = await log.list({ limit: 100 });
  await writeFile(join(fixture, 'summaries.json'), `${JSON.stringify(summaries)}\n`);
  await log.close();
}
