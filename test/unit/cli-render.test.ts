import { StagewireClientError, StagewireError, type RunEvent, type RunState } from '@stagewire/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanLine, cleanText, createTextCleaner } from '../../server/cli/clean-text.ts';
import type { Paint } from '../../server/cli/paint.ts';
import { expectNow, parseExpect } from '../../server/cli/parse-expect.ts';
import { outcomeText } from '../../server/cli/render-command.ts';
import { infoLines, listLines } from '../../server/cli/render-list.ts';
import { problemText } from '../../server/cli/render-problem.ts';
import { createRunRenderer } from '../../server/cli/render-run.ts';
import { summaryLines } from '../../server/cli/render-summary.ts';
import { waitingText } from '../../server/cli/render-waiting.ts';
import { fold } from '../../shared/fold.ts';

const plain: Paint = (_style, text) => text;
const tagged: Paint = (style, text) => `<${style}>${text}</>`;

const runId = 'run_0000000001';
const actor = { id: 'local', kind: 'anonymous' } as const;
const usage = { inputTokens: 1200, outputTokens: 345, reasoningTokens: 5, source: 'final' } as const;
const steerId = '00000000-0000-4000-8000-000000000001';
const cancelId = '00000000-0000-4000-8000-000000000002';

type Body = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'runId' | 'seq' | 'at'> : never) : never;

/** Events with a place in a run's log, a second apart. */
function events(...bodies: Body[]): RunEvent[] {
  return bodies.map((body, index) => {
    const at = `2026-01-01T00:00:${String(index).padStart(2, '0')}.000Z`;
    return { ...body, runId, seq: index + 1, at };
  });
}

function rendered(all: readonly RunEvent[], options: { paint?: Paint; raw?: boolean } = {}): string {
  const renderer = createRunRenderer({ paint: plain, ...options });
  return all.map((event) => renderer.render(event).text).join('');
}

const queued: Body = {
  type: 'run.queued',
  task: 'a small\nclock',
  owner: 'local',
  actor,
  pipeline: { roles: ['coder', 'reviewer', 'refiner'], maxRefinements: 1 },
  instructions: {},
  models: { default: 'rehearsal', coder: 'rehearsal/seed=1' },
  limits: { maxAttemptsPerStage: 8, maxDurationMs: 1000 },
  labels: { team: 'blue' },
  digest: 'd',
};
const at = (stage: number, role: string, attempt = 1) => ({ stage, role, attempt });
const started = (
  place: ReturnType<typeof at>,
  more: Partial<Extract<Body, { type: 'stage.started' }>> = {},
): Body => ({
  type: 'stage.started',
  ...place,
  model: 'rehearsal',
  format: 'code',
  cause: 'plan',
  commandIds: [],
  keptChars: 0,
  ...more,
});
const said = (place: ReturnType<typeof at>, text: string, offset = 0): Body => ({
  type: 'stage.delta',
  ...place,
  offset,
  text,
});
const completed = (place: ReturnType<typeof at>): Body => ({
  type: 'stage.completed',
  ...place,
  chars: 1234,
  finishReason: 'stop',
  usage,
  ttftMs: 22,
  durationMs: 4100,
});

const steered = events(
  queued,
  { type: 'run.started' },
  { type: 'run.planned', roles: ['coder', 'reviewer'], cause: 'start' },
  started(at(1, 'coder')),
  { type: 'stage.reasoning', ...at(1, 'coder'), offset: 0, text: 'Think\nfi' },
  { type: 'stage.reasoning', ...at(1, 'coder'), offset: 8, text: 'rst' },
  said(at(1, 'coder'), 'Hel'),
  said(at(1, 'coder'), 'lo', 3),
  {
    type: 'command.accepted',
    commandId: steerId,
    actor,
    command: {
      kind: 'steer',
      runId,
      commandId: steerId,
      text: 'use a map',
      mode: 'continue',
      expect: 'any',
      scope: 'stage',
    },
    target: at(1, 'coder'),
  },
  { type: 'stage.interrupted', ...at(1, 'coder'), cause: 'steer', commandIds: [steerId], chars: 5, usage },
  started(at(1, 'coder', 2), { cause: 'steer', commandIds: [steerId], keptChars: 5 }),
  { type: 'command.applied', commandId: steerId, stage: 1, attempt: 2 },
  said(at(1, 'coder', 2), ' there\n', 5),
  {
    type: 'stage.failed',
    ...at(1, 'coder', 2),
    failure: { code: 'PROVIDER_UNAVAILABLE', message: 'It is overloaded.', retryable: true },
    chars: 12,
    usage,
    retryInMs: 2000,
  },
  started(at(1, 'coder', 3), { cause: 'retry', keptChars: 5 }),
  {
    type: 'artifact.recorded',
    ...at(1, 'coder', 3),
    path: 'src/clock.ts',
    language: 'ts',
    offset: 0,
    chars: 1185,
  },
  completed(at(1, 'coder', 3)),
  started(at(2, 'reviewer'), { format: 'json' }),
  said(at(2, 'reviewer'), '{"issues":[…]'),
  {
    type: 'review.noted',
    ...at(2, 'reviewer'),
    issue: {
      severity: 'major',
      message: 'It is slow.',
      file: 'src/clock.ts',
      line: 3,
      suggestion: 'Be quick.',
    },
  },
  {
    type: 'review.recorded',
    ...at(2, 'reviewer'),
    verdict: 'changes_requested',
    issues: [{ severity: 'major', message: 'It is slow.' }],
  },
  completed(at(2, 'reviewer')),
  { type: 'run.planned', roles: ['refiner', 'reviewer'], cause: 'review' },
  started(at(3, 'refiner'), { cause: 'review' }),
  {
    type: 'command.accepted',
    commandId: cancelId,
    actor: { ...actor, name: 'Ann' },
    command: { kind: 'cancel', runId, commandId: cancelId, target: 'run', reason: 'enough' },
    target: at(3, 'refiner'),
  },
  { type: 'stage.cancelled', ...at(3, 'refiner'), commandId: cancelId, chars: 0, usage },
  { type: 'command.applied', commandId: cancelId, stage: 3, attempt: 1 },
  { type: 'run.cancelled', commandId: cancelId, actor, reason: 'enough' },
);

const stateAfter = (all: readonly RunEvent[]) =>
  all.reduce<RunState | undefined>((state, event) => fold(state, event), undefined) as RunState;

describe('a run in the terminal', () => {
  test('is shown with its stages, its commands and how its attempts end', () => {
    expect(rendered(steered)).toBe(`run     run_0000000001
task    a small clock
roles   coder → reviewer → refiner, at most 1 refinement
models  rehearsal, coder=rehearsal/seed=1
labels  team=blue

── stage 1 · coder · rehearsal ──

│ Think
│ first

Hello

» steer, to go on with, this stage only by local: “use a map”, accepted for stage 1 (coder), attempt 1
✗ attempt 1 interrupted by a steer, after 5 characters

── stage 1 · coder · attempt 2 · steered, goes on after 5 characters · rehearsal ──
» steer by local applied: it is in the prompt of stage 1, attempt 2

 there

✗ attempt 2 failed: PROVIDER_UNAVAILABLE, It is overloaded; next attempt in 2.0 s

── stage 1 · coder · attempt 3 · tried again, goes on after 5 characters · rehearsal ──
+ src/clock.ts, 1,185 characters
✓ 1,234 characters, 345 tokens, 4.1 s, the first token after 22 ms

── stage 2 · reviewer · rehearsal ──
• major src/clock.ts:3 It is slow.
  → Be quick.
verdict: changes requested, 1 issue
✓ 1,234 characters, 345 tokens, 4.1 s, the first token after 22 ms
next: refiner → reviewer

── stage 3 · refiner · the review asked for changes · rehearsal ──
» cancel of the run by Ann: “enough”, accepted for stage 3 (refiner), attempt 1
✗ stage 3 cancelled after 0 characters
» cancel by Ann applied: the run is cancelled, in stage 3

`);
  });

  test('shows the reviewer’s JSON only when it is asked for, and says meanwhile how much there is', () => {
    expect(rendered(steered)).not.toContain('"issues"');
    expect(rendered(steered, { raw: true })).toContain('\n{"issues":[…]\n');
    const renderer = createRunRenderer({ paint: plain });
    const statuses = steered.map((event) => renderer.render(event).status);
    expect(statuses.filter((status) => status !== undefined)).toEqual(['reviewer · 13 characters written']);
  });

  test('has dim reasoning, and colours only around our own words and never in the model’s', () => {
    const painted = rendered(steered, { paint: tagged });
    expect(painted).toContain('<dim>│ Think</>\n<dim>│ fi</><dim>rst</>\n\nHello\n');
    expect(painted).toContain('<cyan>── stage 1 · coder · rehearsal ──</>\n');
    expect(painted).toContain(
      '• <yellow>major</> <bold>src/clock.ts:3</> It is slow.\n<dim>  → Be quick.</>\n',
    );
  });

  test.each<[Body, string]>([
    [{ type: 'run.waiting', phase: 'queued', ahead: 2, elapsedMs: 3100 }, 'queued, 2 runs ahead · 3 s'],
    [
      { type: 'run.waiting', phase: 'log', elapsedMs: 900 },
      'the event log cannot be written, it is tried again every second · 1 s',
    ],
    [
      { type: 'stage.waiting', ...at(1, 'coder'), phase: 'connecting', elapsedMs: 1000 },
      'coder · calling the model · 1 s',
    ],
    [
      { type: 'stage.waiting', ...at(1, 'coder'), phase: 'first-token', elapsedMs: 61_000 },
      'coder · waiting for the first token · 1 min 1 s',
    ],
    [
      { type: 'stage.waiting', ...at(1, 'coder'), phase: 'reasoning', elapsedMs: 2000 },
      'coder · the model is reasoning · 2 s',
    ],
    [
      { type: 'stage.waiting', ...at(1, 'coder'), phase: 'stalled', elapsedMs: 9000, sinceLastByteMs: 4000 },
      'coder · nothing from the model for 4 s',
    ],
    [
      { type: 'stage.waiting', ...at(1, 'coder'), phase: 'backoff', elapsedMs: 1000, retryInMs: 3400 },
      'coder · next attempt in 3 s',
    ],
  ])('says what it waits for, in a line that is not part of the text (%#)', (body, words) => {
    const [event] = events(body);
    expect(waitingText(event as Extract<RunEvent, { type: 'run.waiting' }>)).toBe(words);
    expect(createRunRenderer({ paint: plain }).render(event as RunEvent)).toEqual({
      text: '',
      status: words,
    });
  });
});

describe('the summary', () => {
  test('of a cancelled run says by whom', () => {
    expect(summaryLines(stateAfter(steered), plain)).toEqual([
      '── cancelled ──',
      'by      Ann: “enough”',
      'stages  coder 13 s (3 attempts) · reviewer 4.0 s · refiner 2.0 s (cancelled)',
      'files   src/clock.ts',
      'tokens  6,000 read, 1,725 written',
      'time    26 s',
      'run     run_0000000001',
    ]);
  });

  test('of a failed run says what happened, why, and what to do', () => {
    const failure = { code: 'PROVIDER_AUTH', message: 'The key is wrong.', retryable: false } as const;
    const all = events(
      queued,
      started(at(1, 'coder')),
      {
        type: 'stage.failed',
        ...at(1, 'coder'),
        failure,
        chars: 0,
        usage: { ...usage, source: 'estimated' },
      },
      { type: 'run.failed', failure, stage: 1 },
    );
    expect(summaryLines(stateAfter(all), plain)).toEqual([
      '── failed · PROVIDER_AUTH ──',
      'what    the provider did not accept the key, in stage 1 (coder)',
      'why     The key is wrong.',
      'next    Put the right key into .env, start the server again, and then the run.',
      'stages  coder 1.0 s (failed)',
      'tokens  1,200 read, 345 written, estimated',
      'time    3.0 s',
      'run     run_0000000001',
    ]);
  });

  test('of a completed run says what the review has left', () => {
    const issues = [
      { severity: 'major', message: 'a' },
      { severity: 'nit', message: 'b' },
    ] as const;
    const all = events(
      queued,
      { type: 'review.recorded', ...at(1, 'reviewer'), verdict: 'changes_requested', issues: [...issues] },
      { type: 'run.completed', verdict: 'changes_requested', usage, durationMs: 1 },
    );
    expect(summaryLines(stateAfter(all), plain).slice(0, 2)).toEqual([
      '── completed · changes requested ──',
      'left    2 issues of the last review (1 major, 1 nit), see above',
    ]);
  });
});

/** What a cut may go through, or may leave at the end. */
const awkward = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '\ud83d', '\ude00', '\u001b') });

describe('what others wrote', () => {
  test('cannot steer the terminal', () => {
    expect(cleanText('a\u001b[2Jb\u0007\u009b31m\u007f\u202ec\r')).toBe('a␛[2Jb␇\ufffd31m␡\ufffdc␍');
    expect(cleanText('one\r\n\ttwo\n')).toBe('one\n\ttwo\n');
    expect(cleanLine('  one\n two\u001b[m ', 9)).toBe('one two␛…');
  });

  test('is whole again when a character or a line break comes in two pieces', () => {
    const cleaner = createTextCleaner();
    expect([cleaner.push('a\ud83d'), cleaner.push('\ude00\r'), cleaner.push('\nb\r'), cleaner.end()]).toEqual(
      ['a', '😀', '\nb', '␍'],
    );
  });

  test('is in the output as it was, however it is cut, unless it is a control character', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), awkward)), (pieces) => {
        let offset = 0;
        const deltas = pieces.map((piece) => {
          const body = said(at(1, 'coder'), piece, offset);
          offset += piece.length;
          return body;
        });
        const text = rendered(events(started(at(1, 'coder')), ...deltas, completed(at(1, 'coder'))));
        expect(text).not.toMatch(/(?![\n\t])\p{Cc}/u);
        expect(text.isWellFormed()).toBe(true);
        expect(text).toContain(cleanText(pieces.join('')));
      }),
    );
  });

  test('cannot steer it from any field of an event either', () => {
    const evil = JSON.parse(
      JSON.stringify(steered).replace(
        /"(task|message|text|path|role|model|file|suggestion|reason|id|name)":"/g,
        '$&\\u001b]0;x\\u0007',
      ),
    ) as RunEvent[];
    expect(rendered(evil, { raw: true })).not.toMatch(/(?![\n\t])\p{Cc}/u);
    expect(summaryLines(stateAfter(evil), plain).join('\n')).not.toMatch(/(?![\n\t])\p{Cc}/u);
  });
});

describe('commands', () => {
  test.each([
    ['any', 'any'],
    ['coder', { role: 'coder' }],
    ['2', { stage: 2 }],
    ['2.1', { stage: 2, attempt: 1 }],
    ['0', undefined],
    ['2.', undefined],
    ['Coder', undefined],
  ])('--expect %s', (text, expected) => {
    expect(parseExpect(text)).toEqual(expected);
  });

  test('expect the stage that is current, and nothing of a queued run', () => {
    expect(expectNow(stateAfter(steered.slice(0, 20)))).toEqual({ stage: 2 });
    expect(expectNow(stateAfter(steered.slice(0, 1)))).toBe('any');
  });

  test('tell their outcome in a line', () => {
    const applied = { status: 'applied', stage: 2, attempt: 3 } as const;
    const early = { status: 'applied', stage: null, attempt: null } as const;
    expect([
      outcomeText({ kind: 'steer' }, applied),
      outcomeText({ kind: 'redirect', to: 'tester' }, applied),
      outcomeText({ kind: 'redirect', to: 'tester' }, early),
      outcomeText({ kind: 'cancel', target: 'stage' }, applied),
      outcomeText({ kind: 'cancel', target: 'run' }, applied),
      outcomeText({ kind: 'cancel', target: 'run' }, early),
      outcomeText({ kind: 'steer' }, { status: 'dropped', reason: 'superseded' }),
    ]).toEqual([
      'applied: it is in the prompt of stage 2, attempt 3',
      'applied: stage 2 has ended, the tester comes next',
      'applied: the run will begin with the tester',
      'applied: stage 2 has ended, what it had written stays',
      'applied: the run is cancelled, in stage 2',
      'applied: the run is cancelled before it began',
      'dropped: a later redirect or cancel took its place',
    ]);
  });
});

describe('lists', () => {
  test('align, and say that there is more', () => {
    const run = { runId, task: 'a\nclock', owner: 'local', labels: {}, queuedAt: '2026-01-01T10:20:30.456Z' };
    const page = {
      items: [
        { ...run, status: 'running' as const, current: at(2, 'coder') },
        {
          ...run,
          runId: `${runId}23`,
          status: 'completed' as const,
          current: null,
          verdict: 'changes_requested' as const,
        },
      ],
      next: 'x',
      feedCursor: 'feed-1',
    };
    expect(listLines(page, plain)).toEqual([
      'run_0000000001    2026-01-01 10:20:30  running, coder                a clock',
      'run_000000000123  2026-01-01 10:20:30  completed, changes requested  a clock',
      'There are older ones: --limit shows more.',
    ]);
    expect(listLines({ items: [], feedCursor: 'feed-1' }, plain)).toEqual(['There are no such runs.']);
  });

  test('info names the models of the roles', () => {
    const info = {
      version: '1.2.3',
      protocolVersion: 1,
      protocolHash: 'h',
      features: ['steer'],
      roles: [{ role: 'coder', format: 'code' as const }],
      models: { default: 'rehearsal', coder: 'ollama/x' },
      realModel: false,
      limits: {},
      heartbeatMs: 1000,
      now: '2026-01-01T00:00:00.000Z',
    };
    expect(infoLines(info, 'http://127.0.0.1:1', plain)).toEqual([
      'server  Stagewire 1.2.3, protocol 1',
      'url     http://127.0.0.1:1',
      'model   rehearsal (offline: it calls no model)',
      '        ollama/x for the coder',
      'roles   coder',
      'can     steer',
    ]);
  });
});

describe('problems', () => {
  test.each([
    [
      new StagewireError('STAGE_MISMATCH', 'no', {
        details: { expected: { role: 'coder' }, actual: at(3, 'reviewer', 2) },
      }),
      'The run is in stage 3 (reviewer), attempt 2, and the command was meant for the coder. Nothing was done. ' +
        'Look what it does now, and give the command again, with --expect any if the stage does not matter.',
    ],
    [
      new StagewireError(
        'INVALID_INPUT',
        'The input does not fit. pipeline.maxRefinements: too big; models.coder: no; files.0.text: long',
      ),
      'The input does not fit. --max-refinements: too big; --model-for coder: no; --file: long. ' +
        'Nothing was started or changed; put that right and try again.',
    ],
    [
      new StagewireError('OVERLOADED', 'too many runs'),
      'The server refused (OVERLOADED): Too many runs. Try again in a moment.',
    ],
    [
      new StagewireError('LIMIT_REACHED', 'this is the last attempt; redirect or cancel'),
      'This is the last attempt; redirect or cancel. Nothing was done.',
    ],
    [
      new StagewireClientError('UNREACHABLE', 'x'),
      'The server does not answer: it has stopped, or the network is down. Start it, and try again.',
    ],
    [
      new TypeError('x is\u001b[2J no function'),
      'This is a defect of Stagewire, please report it: x is␛[2J no function',
    ],
  ])('are sentences without a stack (%#)', (error, sentences) => {
    expect(problemText(error)).toBe(sentences);
  });
});
