import { fold, type RunEvent, type RunState } from '@stagewire/client';
import { describe, expect, test } from 'vitest';
import { shownCommands } from '../../console/run/commands.ts';
import { endingOf } from '../../console/run/stage-facts.ts';
import { fileTree } from '../../console/files/run-files.ts';
import { startInput, emptyDraft } from '../../console/start/start-draft.ts';
import { readRoute, runPath } from '../../console/shell/route.ts';
import { shortCount } from '../../console/shell/units.ts';

const runId = 'run_console-facts';
const usage = { inputTokens: 1, outputTokens: 1, reasoningTokens: 0, source: 'final' } as const;
const commandId = '7f0c1e52-6a0b-4c4e-9d38-1b8f6f2f7a10';
const steer = {
  kind: 'steer',
  runId,
  commandId,
  text: 'Shorter',
  mode: 'restart',
  expect: 'any',
  scope: 'run',
};
const redirect = { kind: 'redirect', runId, commandId, to: 'coder', expect: 'any' };

describe('why an attempt ended', () => {
  test('by a steer: the command of the next attempt', () => {
    const state = stateAfter(
      accepted(steer),
      interrupted('steer'),
      attemptStarted(2, 'steer', [commandId]),
      applied(2),
    );
    expect(endingOf(state, ...at(state, 1, 1))).toMatchObject({
      cause: 'steer',
      nextAttempt: 2,
      by: [{ commandId }],
    });
  });

  test('by a redirect: the command that ended it', () => {
    const state = stateAfter(accepted(redirect), interrupted('redirect'), applied(1));
    expect(endingOf(state, ...at(state, 1, 1))).toMatchObject({ cause: 'redirect', by: [{ commandId }] });
  });

  test('by the length limit: the next attempt continues', () => {
    const state = stateAfter(interrupted('length'), attemptStarted(2, 'continue', []));
    expect(endingOf(state, ...at(state, 1, 1))).toMatchObject({ cause: 'length', by: [], nextAttempt: 2 });
  });

  test('by a crash: no command', () => {
    const state = stateAfter(interrupted('crash'), attemptStarted(2, 'resume', []));
    expect(endingOf(state, ...at(state, 1, 1))).toMatchObject({ cause: 'crash', by: [], nextAttempt: 2 });
  });
});

test('a command is shown once, from sending to its outcome', () => {
  const sent = { commandId, command: steer as never, status: 'sending', sentAt: 1 } as const;
  expect(shownCommands(stateAfter(), [sent], () => true)).toMatchObject([
    { own: true, outcome: { status: 'sending' } },
  ]);
  const state = stateAfter(accepted(steer), applied(1));
  expect(shownCommands(state, [], () => false)).toMatchObject([
    { own: false, actor: 'local', outcome: { status: 'applied', stage: 1, attempt: 1 } },
  ]);
});

test('a view of a run survives the URL; invalid parameters are ignored', () => {
  const view = { stage: 3, attempt: 2, panel: 'files', file: 'src/a b.ts', line: 7 } as const;
  expect(readRoute(runPath(runId, view))).toEqual({ page: 'run', runId, view });
  for (const at of ['given', { stage: 2, attempt: 1 }] as const) {
    const version = { file: 'a.ts', at, changes: true } as const;
    expect(readRoute(runPath(runId, version))).toEqual({ page: 'run', runId, view: version });
  }
  const prompt = { prompt: { stage: 12, attempt: 3 } } as const;
  expect(readRoute(runPath(runId, prompt))).toEqual({ page: 'run', runId, view: prompt });
  for (const odd of ['3', '3.0', '3.1.1', 'a.b', '', '.'])
    expect(readRoute(`/runs/${runId}?prompt=${odd}&at=${odd}`)).toMatchObject({
      view: { prompt: undefined, at: undefined },
    });
  expect(readRoute(`/runs/${runId}?stage=0&panel=odd`)).toMatchObject({
    view: { stage: undefined, panel: undefined },
  });
  expect(readRoute('/?like=run_abcdefgh')).toEqual({ page: 'start', like: 'run_abcdefgh' });
  expect(readRoute('/runs/../etc')).toEqual({ page: 'not-found', path: '/etc' });
  expect(readRoute('/runs/odd')).toEqual({ page: 'not-found', path: '/runs/odd' });
});

test.each(['//', '//x/', '//?like=run_abcdefgh', `//x/runs/${runId}`, `//runs/${runId}`, '///'])(
  'a path that begins with two slashes is not found, and not another host: %s',
  (address) => {
    expect(readRoute(address)).toEqual({ page: 'not-found', path: address.split('?', 1)[0] });
  },
);

test('files are grouped by folder and sorted by name', () => {
  const files = ['src/b.ts', 'README.md', 'src/deep/c.ts', 'src/a.ts'].map((path) => ({
    path,
    language: 'ts',
    from: 'stage' as const,
    stage: 1,
    attempt: 1,
    parts: [{ offset: 0, chars: 0 }],
  }));
  const [src] = fileTree(files).folders;
  expect(fileTree(files).files.map((it) => it.path)).toEqual(['README.md']);
  expect(src?.files.map((it) => it.path)).toEqual(['src/a.ts', 'src/b.ts']);
  expect(src?.folders[0]?.files.map((it) => it.path)).toEqual(['src/deep/c.ts']);
});

test('the form sends the set fields in the pipeline’s order, and omits the rest', () => {
  const order = ['architect', 'coder', 'tester'];
  const draft = {
    ...emptyDraft,
    task: ' A parser ',
    roles: ['tester', 'architect'],
    models: { default: ' ' },
  };
  expect(startInput(draft, order)).toEqual({
    task: 'A parser',
    pipeline: { roles: ['architect', 'tester'], maxRefinements: 2 },
  });
});

test('short numbers', () => {
  expect([950, 1234, 34_100].map(shortCount)).toEqual(['950', '1.2k', '34k']);
});

const queued = event(1, {
  type: 'run.queued',
  task: 'A parser',
  owner: 'local',
  actor: { id: 'local', kind: 'anonymous' },
  labels: {},
  pipeline: { roles: ['architect'], maxRefinements: 2 },
  instructions: {},
  models: { default: 'rehearsal' },
  limits: { maxAttemptsPerStage: 8, maxDurationMs: 1000 },
  digest: '',
});

/** A run in its first stage, and then what is given. */
function stateAfter(...more: readonly object[]): RunState {
  const events = [
    { type: 'run.started' },
    { type: 'run.planned', roles: ['architect'], cause: 'start' },
    attemptStarted(1, 'plan', []),
    ...more,
  ];
  return events.reduce<RunState>(
    (state, it, index) => fold(state, event(index + 2, it)),
    fold(undefined, queued),
  );
}

function event(seq: number, fields: object): RunEvent {
  return { runId, seq, at: '2026-01-01T00:00:00.000Z', ...fields } as RunEvent;
}

function attemptStarted(attempt: number, cause: string, commandIds: readonly string[]): object {
  return {
    type: 'stage.started',
    stage: 1,
    role: 'architect',
    attempt,
    model: 'rehearsal',
    format: 'markdown',
    cause,
    commandIds,
    keptChars: 0,
  };
}

function interrupted(cause: string): object {
  return {
    type: 'stage.interrupted',
    stage: 1,
    role: 'architect',
    attempt: 1,
    cause,
    commandIds: [],
    chars: 0,
    usage,
  };
}

function accepted(command: object): object {
  return {
    type: 'command.accepted',
    commandId,
    actor: { id: 'local', kind: 'anonymous' },
    command,
    target: null,
  };
}

function applied(attempt: number): object {
  return { type: 'command.applied', commandId, stage: 1, attempt };
}

function at(state: RunState, stage: number, attempt: number) {
  const found = state.stages.find((it) => it.stage === stage)!;
  return [found, found.attempts.find((it) => it.attempt === attempt)!] as const;
}
