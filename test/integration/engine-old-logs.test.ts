import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { createEngine, settle } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { accept, answer, approved, filesIn, lastBodies, steer } from '../support/scene.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// A log of protocol version 1, row by row as that server wrote it: files with one offset, no settings, no parts.

const coded = 'Two files.\n\n```ts src/a.ts\none\n```\n\n```ts src/b.ts\ntwo\n```\n';
const usage = { inputTokens: 3, outputTokens: 5, reasoningTokens: 0, source: 'final' };
const coder = { stage: 1, role: 'coder', attempt: 1 };
const reviewer = { stage: 2, role: 'reviewer', attempt: 1 };
const started = { model: 'rehearsal', commandIds: [], keptChars: 0 };
const commandId = '6f1e0c2a-6b0e-4a53-9d54-0b8f1f4a7e01';

function artifact(path: string, content: string) {
  const offset = coded.indexOf(content);
  return { type: 'artifact.recorded', ...coder, path, language: 'ts', offset, chars: content.length };
}

const events = [
  {
    type: 'run.queued',
    task: 'two files',
    owner: 'local',
    actor: { id: 'local', kind: 'anonymous' },
    pipeline: { roles: ['coder', 'reviewer', 'refiner', 'documenter'], maxRefinements: 2 },
    instructions: {},
    models: { default: 'rehearsal' },
    limits: { maxAttemptsPerStage: 8, maxDurationMs: 86_400_000 },
    labels: {},
    digest: 'd',
  },
  { type: 'input.recorded', path: 'lib.ts', text: 'given\n' },
  { type: 'run.started' },
  { type: 'run.planned', roles: ['coder', 'reviewer', 'documenter'], cause: 'start' },
  { type: 'stage.started', ...coder, ...started, format: 'code', cause: 'plan' },
  { type: 'stage.delta', ...coder, offset: 0, text: coded },
  artifact('src/a.ts', 'one\n'),
  artifact('src/b.ts', 'two\n'),
  {
    type: 'stage.completed',
    ...coder,
    chars: coded.length,
    finishReason: 'stop',
    usage,
    ttftMs: 1,
    durationMs: 2,
  },
  { type: 'stage.started', ...reviewer, ...started, format: 'json', cause: 'plan' },
  { type: 'review.noted', ...reviewer, issue: { severity: 'nit', message: 'a' } },
  {
    type: 'command.accepted',
    commandId,
    actor: { id: 'local', kind: 'anonymous' },
    command: {
      kind: 'steer',
      runId: 'run_oldlog0001',
      commandId,
      text: 'x',
      mode: 'next',
      expect: 'any',
      scope: 'run',
    },
    target: reviewer,
  },
];

async function oldLog(rows: readonly object[]) {
  const folder = await mkdtemp(join(tmpdir(), 'stagewire-'));
  const path = join(folder, 'log.db');
  const clock = createFakeClock();
  const runId = 'run_oldlog0001';
  const at = new Date(clock.now()).toISOString();
  await createSqliteLog({ path, clock }).close();
  const database = new DatabaseSync(path);
  const summary = {
    runId,
    status: 'running',
    task: 'two files',
    owner: 'local',
    labels: {},
    queuedAt: at,
    current: null,
  };
  database
    .prepare('INSERT INTO runs (run_id, status, owner, queued_at, summary) VALUES (?, ?, ?, ?, ?)')
    .run(runId, 'running', 'local', at, JSON.stringify(summary));
  const add = database.prepare(
    'INSERT INTO events (run, seq, epoch, is_delta, event) VALUES (1, ?, 1, ?, ?)',
  );
  rows.forEach((row, index) => {
    const event = { ...row, runId, seq: index + 1, at };
    add.run(event.seq, 'type' in row && row.type === 'stage.delta' ? 1 : 0, JSON.stringify(event));
  });
  database.close();
  const log = createSqliteLog({ path, clock });
  const provider = createScriptedProvider();
  return {
    runId,
    provider,
    engine: createEngine({ provider, clock, log }),
    async [Symbol.asyncDispose]() {
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

test('a run of an old log has its files, and settings of nobody', async () => {
  await using at = await oldLog(events);
  expect(await filesIn(at)).toEqual({ 'lib.ts': 'given\n', 'src/a.ts': 'one\n', 'src/b.ts': 'two\n' });
  const state = await at.engine.state(at.runId);
  expect(state.settings).toEqual({});
  expect(state.files[1]).toMatchObject({
    from: 'stage',
    stage: 1,
    parts: [{ offset: coded.indexOf('one'), chars: 4 }],
  });
  expect(state.reviews).toHaveLength(1);
});

test('and goes on: its files are what the next roles read, and what is judged', async () => {
  await using at = await oldLog(events);
  await settle(at.engine.clock, at.engine.supervisor.recover());
  await at.engine.clock.runTurns();
  expect(await lastBodies(at, 3)).toMatchObject([
    { type: 'run.recovered' },
    { type: 'stage.interrupted', cause: 'crash' },
    { type: 'stage.started', stage: 2, cause: 'resume', keptChars: 0 },
  ]);
  expect(JSON.stringify(at.provider.call.request.messages)).toContain('two');
  const receipt = await accept(at, steer('x', 'next', { commandId, draft: 'keep' }));
  expect(receipt).toMatchObject({ commandId, target: reviewer });
  await answer(at, approved, '# Manual');
  expect(await at.engine.state(at.runId)).toMatchObject({ status: 'completed', verdict: 'approved' });
  expect(Object.keys(await filesIn(at))).toEqual(['lib.ts', 'src/a.ts', 'src/b.ts', 'README.md']);
});
