import { describe, expect, test } from 'vitest';
import type { Command, ErrorCode, Expect } from '@stagewire/shared';
import { checkFields, storedReceipt } from '../../../server/runs/decide/decide-command.ts';
import { given, type Step } from '../../support/decider-spec.ts';
import {
  aborted,
  begin,
  cancelRun,
  cancelStage,
  completed,
  fail,
  failed,
  file,
  queued,
  redirect,
  steer,
  text,
} from '../../support/decider-steps.ts';

const start = queued(['coder', 'reviewer'], { maxAttemptsPerStage: 2 });
const toReview: Step[] = [start, begin, text('1.1', 'coder', file), completed()];
const toLastAttempt: Step[] = [start, begin, failed(), { type: 'retry' }];

const states = {
  queued: [start],
  'in an attempt': [start, begin],
  'in an attempt at JSON': toReview,
  'in backoff': [start, begin, failed()],
  'in the last attempt of its stage': toLastAttempt,
  completed: [queued(['coder']), begin, text('1.1', 'coder', file), completed()],
  cancelled: [start, cancelRun('0a'), { type: 'resolve' }],
  failed: [start, begin, fail()],
} as const satisfies Record<string, readonly Step[]>;

const commands = {
  'steer restart': steer('c1'),
  'steer continue': steer('c1', { mode: 'continue' }),
  'steer next': steer('c1', { mode: 'next' }),
  redirect: redirect('c1', 'tester'),
  'redirect to no role': redirect('c1', 'poet'),
  'cancel stage': cancelStage('c1'),
  'cancel run': cancelRun('c1'),
} as const satisfies Record<string, Command>;

type Row = Record<keyof typeof commands, string>;

const ended: Row = {
  'steer restart': 'RUN_ENDED',
  'steer continue': 'RUN_ENDED',
  'steer next': 'RUN_ENDED',
  redirect: 'RUN_ENDED',
  'redirect to no role': 'RUN_ENDED',
  'cancel stage': 'RUN_ENDED',
  'cancel run': 'RUN_ENDED',
};

function acceptedFor(target: string): Row {
  return {
    'steer restart': target,
    'steer continue': target,
    'steer next': target,
    redirect: target,
    'redirect to no role': 'ILLEGAL_TARGET',
    'cancel stage': target,
    'cancel run': target,
  };
}

const outcomes: Record<keyof typeof states, Row> = {
  queued: { ...acceptedFor('the queue'), 'cancel stage': 'ILLEGAL_TARGET' },
  'in an attempt': acceptedFor('1.1'),
  'in an attempt at JSON': { ...acceptedFor('2.1'), 'steer continue': 'ILLEGAL_TARGET' },
  'in backoff': acceptedFor('1.1'),
  'in the last attempt of its stage': {
    ...acceptedFor('1.2'),
    'steer restart': 'LIMIT_REACHED',
    'steer continue': 'LIMIT_REACHED',
  },
  completed: ended,
  cancelled: ended,
  failed: ended,
};

const cells = Object.entries(outcomes).flatMap(([state, row]) =>
  Object.entries(row).map(([command, outcome]) => ({
    state: state as keyof typeof states,
    command: command as keyof typeof commands,
    outcome,
  })),
);

describe('a command is accepted for what the run is doing, or refused', () => {
  test.each(cells)('$command, $state: $outcome', ({ state, command, outcome }) => {
    const decided = given(...states[state]).when(commands[command]);
    if (/^[A-Z_]+$/.test(outcome)) decided.thenRefused(outcome as ErrorCode);
    else decided.thenEvents(`command.accepted c1 for ${outcome}`);
  });
});

describe('expect', () => {
  test.each<{ state: keyof typeof states; expected: Expect; outcome: string }>([
    { state: 'queued', expected: 'any', outcome: 'the queue' },
    { state: 'queued', expected: { stage: 1 }, outcome: 'STAGE_MISMATCH' },
    { state: 'queued', expected: { role: 'coder' }, outcome: 'STAGE_MISMATCH' },
    { state: 'in an attempt', expected: { stage: 1 }, outcome: '1.1' },
    { state: 'in an attempt', expected: { stage: 1, attempt: 1 }, outcome: '1.1' },
    { state: 'in an attempt', expected: { stage: 1, attempt: 2 }, outcome: 'STAGE_MISMATCH' },
    { state: 'in an attempt', expected: { stage: 2 }, outcome: 'STAGE_MISMATCH' },
    { state: 'in an attempt', expected: { role: 'coder' }, outcome: '1.1' },
    { state: 'in an attempt', expected: { role: 'reviewer' }, outcome: 'STAGE_MISMATCH' },
    { state: 'in backoff', expected: { stage: 1, attempt: 1 }, outcome: '1.1' },
    { state: 'completed', expected: { stage: 2 }, outcome: 'RUN_ENDED' },
  ])('$expected, $state: $outcome', ({ state, expected, outcome }) => {
    const decided = given(...states[state]).when(redirect('c1', 'tester', { expect: expected }));
    if (/^[A-Z_]+$/.test(outcome)) decided.thenRefused(outcome as ErrorCode);
    else decided.thenEvents(`command.accepted c1 for ${outcome}`);
  });

  test('is checked before the target, and the target before the limits', () => {
    given(...toReview)
      .when(steer('c1', { mode: 'continue', expect: { stage: 1 } }))
      .thenRefused('STAGE_MISMATCH');
    given(...toReview, steer('0a'), steer('0b'), steer('0c'))
      .when(redirect('c1', 'poet'))
      .thenRefused('ILLEGAL_TARGET');
  });
});

describe('pending commands', () => {
  const three = [steer('0a'), steer('0b'), steer('0c')];

  test('are limited', () => {
    given(start, begin, ...three.slice(1))
      .when(redirect('c1', 'tester'))
      .thenEvents('command.accepted c1 for 1.1');
    given(start, begin, ...three)
      .when(redirect('c1', 'tester'))
      .thenRefused('TOO_MANY_PENDING');
    given(start, begin, ...three)
      .when(cancelStage('c1'))
      .thenRefused('TOO_MANY_PENDING');
  });

  test('never keep a cancel of the run out', () => {
    given(start, begin, ...three)
      .when(cancelRun('c1'))
      .thenEvents('command.accepted c1 for 1.1');
  });

  test('count no longer when they have an outcome', () => {
    given(queued(['coder']), begin, ...three, aborted)
      .when(redirect('c1', 'tester'))
      .thenEvents('command.accepted c1 for 1.2');
  });
});

describe('a command that was accepted before', () => {
  const sent = steer('c1');
  const run = { run: given(start, begin, sent).run, linkCommands: new Map() };

  test('has its receipt again, also with what is default spelled out', () => {
    expect(storedReceipt(run, sent)).toMatchObject({ target: { stage: 1, role: 'coder', attempt: 1 } });
    expect(storedReceipt(run, { ...sent, draft: 'keep' })).toEqual(storedReceipt(run, sent));
    expect(storedReceipt(run, steer('c2'))).toBeUndefined();
  });

  test('is refused with another body', () => {
    const conflict = expect.objectContaining({ code: 'COMMAND_ID_CONFLICT' });
    expect(() => storedReceipt(run, { ...sent, text: 'be long' })).toThrow(conflict);
    expect(() => storedReceipt(run, cancelRun('c1'))).toThrow(conflict);
  });
});

test('only a steer that restarts may drop the draft', () => {
  const invalid = expect.objectContaining({ code: 'INVALID_INPUT' });
  expect(() => checkFields(steer('c1', { draft: 'drop', mode: 'continue' }))).toThrow(invalid);
  expect(() => checkFields(steer('c1', { draft: 'drop', mode: 'next' }))).toThrow(invalid);
  expect(() => checkFields(steer('c1', { draft: 'drop', mode: 'restart' }))).not.toThrow();
  expect(() => checkFields(steer('c1', { draft: 'keep', mode: 'next' }))).not.toThrow();
});
