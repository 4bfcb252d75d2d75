import type { AttemptState, RunState, StageState } from '@stagewire/client';
import { describe, expect, test } from 'vitest';
import { compareFiles, isComparable } from '../../console/compare/compare-files.ts';
import { deleteMany, findDeletable, type DeleteFailure } from '../../console/delete/delete-many.ts';
import { keptText, restartPoint } from '../../console/lineage/start-points.ts';
import { draftFromSource, emptyDraft, isUntouched, startInput } from '../../console/start/start-draft.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { fold, StagewireError } from '@stagewire/shared';
import type { RunQueued, RunSummary, Stagewire } from '@stagewire/client';

describe('where an ended run starts again', () => {
  test('is the stage that ended it, or the first one', () => {
    expect(restartPoint(runWith(['architect', 'coder']))).toEqual({ stage: 2, role: 'coder' });
    expect(restartPoint({ ...runWith([]), plan: ['architect'] })).toEqual({ stage: 1, role: 'architect' });
  });

  test('is after the inherited stages if it ended in the queue', () => {
    const { startedAt: _, ...state } = runWith(['architect', 'coder']);
    expect(restartPoint({ ...state, plan: ['reviewer'] })).toEqual({ stage: 3, role: 'reviewer' });
  });

  test('keeps the stages before it, with their tokens', () => {
    const state = runWith(['architect', 'coder', 'reviewer', 'refiner', 'documenter']);
    expect(keptText(state, { stage: 1 })).toBe('Keeps no stages: it starts with the first one.');
    expect(keptText(state, { stage: 2 })).toBe('Keeps Architect; 1,100 tokens are not paid again.');
    expect(keptText(state, { stage: 3 })).toBe('Keeps Architect and Coder; 2,200 tokens are not paid again.');
    expect(keptText(state, {})).toBe('Keeps 5 stages; 5,500 tokens are not paid again.');
    expect(keptText(state, { stage: 2, attempt: 1 })).toBe(
      'Keeps Architect and the text of Coder; 2,200 tokens are not paid again.',
    );
  });
});

describe('a draft that starts from a run', () => {
  const order = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'];
  const server = {
    models: { default: 'rehearsal' },
    limits: { maxAttemptsPerStage: 8, maxDurationMs: 1000 },
  };
  const queued: RunQueued = {
    ...(createRunScript(runIdOf(1)).begin().events[0] as RunQueued),
    task: 'A queue',
    models: { default: 'openai/small' },
    instructions: { all: 'Be brief.' },
    labels: { team: 'core' },
  };
  const from = { runId: runIdOf(1), stage: 2 };
  const input = { queued, files: [{ path: 'a.md', text: 'A' }] };

  test('sends no field that is as in its source, and not its files', () => {
    const draft = draftFromSource(input, server, { from, isFollowUp: false });
    expect(draft).toMatchObject({ task: 'A queue', files: [], models: { default: 'openai/small' } });
    expect(startInput(draft, order)).toEqual({ from });
    expect(isUntouched(draft)).toBe(true);
  });

  test('sends what was changed, also what is empty now', () => {
    const draft = draftFromSource(input, server, { from, isFollowUp: false });
    const changed = {
      ...draft,
      models: { default: 'openai/large' },
      labels: [],
      instructions: {},
      maxRefinements: 1,
    };
    expect(startInput(changed, order)).toEqual({
      from,
      models: { default: 'openai/large' },
      labels: {},
      instructions: {},
      pipeline: { maxRefinements: 1 },
    });
    expect(isUntouched(changed)).toBe(false);
  });

  test('of a follow-up has a task of its own', () => {
    const draft = draftFromSource(input, server, { from: { runId: runIdOf(1) }, isFollowUp: true });
    expect(draft.task).toBe('');
    expect(startInput({ ...draft, task: ' Add tests ' }, order)).toEqual({
      from: { runId: runIdOf(1) },
      task: 'Add tests',
    });
  });

  test('without its source is an ordinary one', () => {
    const draft = draftFromSource(input, server, { from, isFollowUp: false });
    expect(startInput({ ...draft, source: undefined }, order)).toMatchObject({
      task: 'A queue',
      models: { default: 'openai/small' },
    });
    expect(isUntouched({ ...emptyDraft, source: undefined })).toBe(true);
  });
});

describe('the files of two runs', () => {
  test('are changed, added, removed or the same', () => {
    const file = (path: string, text: string) => ({ path, text, language: 'md', from: 'stage' as const });
    const compared = compareFiles(
      [file('a.md', '1'), file('b.md', '1'), file('c.md', '1')],
      [file('d.md', '2'), file('b.md', '2'), file('a.md', '1')],
    );
    expect(compared.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
      'a.md same',
      'b.md changed',
      'c.md removed',
      'd.md added',
    ]);
    expect(compared.every(isComparable)).toBe(true);
    expect(isComparable({ path: 'x', kind: 'added', before: '', after: 'x'.repeat(600_001) })).toBe(false);
  });
});

describe('the deletion of many runs', () => {
  const summary = (at: number, status: RunSummary['status'] = 'completed') =>
    ({ runId: runIdOf(at), status, task: `Task ${at}` }) as RunSummary;

  test('reads all pages, and leaves out runs that have not ended', async () => {
    const pages = [
      { items: [summary(1), summary(2, 'running')], next: 'two' },
      { items: [], next: 'three' },
      { items: [summary(3, 'unreadable'), summary(4, 'queued'), summary(5, 'failed')] },
    ];
    const asked: (string | undefined)[] = [];
    const stagewire = {
      list: (input: { before?: string }) => {
        asked.push(input.before);
        return Promise.resolve(pages[asked.length - 1]);
      },
    } as unknown as Stagewire;
    const { signal } = new AbortController();
    const found = await findDeletable(stagewire, { input: { search: 'x' }, signal });
    expect(found.runs.map(({ runId }) => runId)).toEqual([1, 3, 5].map(runIdOf));
    expect(found).toMatchObject({ liveCount: 2, isCut: false });
    expect(asked).toEqual([undefined, 'two', 'three']);
    asked.length = 0;
    const cut = await findDeletable(stagewire, { input: {}, signal, maxRuns: 1 });
    expect(cut).toMatchObject({ runs: [summary(1)], isCut: true });
  });

  test('continues after a failure, counts what is gone already, and stops when it is aborted', async () => {
    const abort = new AbortController();
    let last: readonly [number, readonly DeleteFailure[]] = [0, []];
    await deleteMany(
      [1, 2, 3, 4, 5].map((at) => summary(at)),
      {
        deleteRun: (runId) => {
          if (runId === runIdOf(2))
            return Promise.reject(new StagewireError('RUN_EXPIRED', 'gone', { details: { runId } }));
          if (runId === runIdOf(3)) return Promise.reject(new Error('Busy.'));
          if (runId === runIdOf(4)) abort.abort();
          return Promise.resolve();
        },
        onProgress: (deleted, failures) => {
          last = [deleted, failures];
        },
        signal: abort.signal,
        concurrency: 1,
      },
    );
    expect(last[0]).toBe(3);
    expect(last[1].map(({ run, reason }) => `${run.task}: ${reason}`)).toEqual(['Task 3: Busy.']);
  });
});

/** An ended run with one attempt of each role, of 1,000 tokens in and 100 out. */
function runWith(roles: readonly string[]): RunState {
  const events = createRunScript(runIdOf(1)).begin().events;
  const state = events.reduce<RunState | undefined>(fold, undefined);
  if (state === undefined) throw new Error('a state needs an event');
  const [attempt] = state.stages[0]?.attempts ?? [];
  const usage = { inputTokens: 1000, outputTokens: 100, reasoningTokens: 0, source: 'final' } as const;
  const stages = roles.map((role, index): StageState => ({
    stage: index + 1,
    role,
    format: 'markdown',
    status: 'completed',
    attempts: [{ ...(attempt as AttemptState), attempt: 1, usage }],
  }));
  return { ...state, status: 'failed', stages };
}
