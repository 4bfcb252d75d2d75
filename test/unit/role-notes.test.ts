import type { AttemptState, FileState, StageState } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { latestTextOf, roleNotes } from '../../server/runs/requests/role-notes.ts';
import { skippedBlocks } from '../../server/runs/requests/skipped-blocks.ts';
import { runState, stageState } from '../support/stage-state.ts';

const done = { status: 'completed' } as const;
const failedFile = (reason: 'file_open' | 'file_elided'): Partial<AttemptState> => ({
  status: 'failed',
  failure: { code: 'OUTPUT_INVALID', message: 'why', retryable: true, reason },
});

function stage(attempts: readonly Partial<AttemptState>[], more: Partial<StageState> = {}): StageState {
  return stageState(attempts, { status: 'completed', ...more });
}

function present(path: string, place: { stage: number; attempt: number }): FileState {
  return { path, language: 'text', from: 'stage', ...place, parts: [{ offset: 0, chars: 0 }] };
}

function notesOf(stages: readonly StageState[], files: readonly FileState[] = []) {
  return roleNotes(runState({ files: [...files] }), stages);
}

describe('notes', () => {
  test('are what stands beside the files, without thoughts', () => {
    const text = 'Hm, perhaps.\n</think>\n\nOne.\n\n```ts a.ts\nA\n```\n\nTwo.\n\n```sh\nnpm test\n```\n';
    expect(notesOf([stage([{ ...done, text }])])).toEqual([
      {
        role: 'coder',
        stage: 2,
        text: 'One.\n\nTwo.\n\n```sh\nnpm test\n```',
        cutBy: undefined,
        removed: [],
      },
    ]);
  });

  test('tell which files were removed and are still absent', () => {
    const text = 'Moved.\n\n```delete src/old.ts\n```\n\n```delete src/back.ts\n```\n';
    const [note] = notesOf([stage([{ ...done, text }])], [present('src/back.ts', { stage: 4, attempt: 1 })]);
    expect(note).toMatchObject({ text: 'Moved.', removed: ['src/old.ts'] });
  });

  test('are of the attempt that ended the stage, and of those whose files were taken before a repair', () => {
    const attempts = [
      { text: 'Lost.' },
      { text: 'First.\n\n```ts a.ts\nA\n```\n\n```ts b.ts\nB', ...failedFile('file_open') },
      { ...done, text: 'Then.\n\n```ts b.ts\nB\n```\n' },
    ];
    expect(notesOf([stage(attempts)])[0]?.text).toBe('First.\n\nThen.');
  });

  test.each([
    ['length', { ...done, text: 'N' }, { finishReason: 'length' }],
    ['interruption', { status: 'interrupted', text: 'N' }, { status: 'interrupted' }],
    ['interruption', { status: 'cancelled', text: 'N' }, { status: 'cancelled' }],
    [undefined, { ...done, text: 'N' }, { finishReason: 'stop' }],
  ] as const)('are marked as cut by %s', (cutBy, attempt, more) => {
    expect(notesOf([stage([attempt], more)])[0]?.cutBy).toBe(cutBy);
  });

  test('that are long lose their middle', () => {
    const text = notesOf([stage([{ ...done, text: `A${'x'.repeat(9000)}Z` }])])[0]?.text ?? '';
    expect(text).toMatch(/^Ax{2999}\n\n\[5002 characters left out\]\n\nx{999}Z$/);
  });

  test('have neither designs nor reviews nor a README that is the documenter’s text', () => {
    const stages = [
      stage([{ ...done, text: '# Design' }], { stage: 1, role: 'architect', format: 'markdown' }),
      stage([{ ...done, text: '{}' }], { stage: 3, role: 'reviewer', format: 'json' }),
      stage([{ ...done, text: '# Read me' }], { stage: 4, role: 'documenter', format: 'markdown' }),
    ];
    const notes = notesOf(stages, [present('README.md', { stage: 4, attempt: 1 })]);
    expect(notes.map(({ text }) => text).join('')).toBe('');
  });

  test('go on over a seam that a model has opened anew', () => {
    const kept = 'Notes.\n\n```ts a.ts\nconst a =\n';
    const attempts = [
      { text: kept },
      { ...done, cause: 'continue' as const, keptChars: kept.length, text: '```ts\n1;\n```\n' },
    ];
    expect(notesOf([stage(attempts)])[0]?.text).toBe('Notes.');
  });
});

test('the design is the architect’s latest text that is not blank, marked if it was cut off', () => {
  const design = (text: string, number: number, status: AttemptState['status'] = 'completed') =>
    stage([{ text, status }], { stage: number, role: 'architect', format: 'markdown' });
  expect(latestTextOf([design('one', 1), design('two', 3), design(' ', 4)], 'architect')).toEqual({
    text: 'two',
    cutBy: undefined,
  });
  expect(latestTextOf([design('half', 1, 'interrupted')], 'architect')).toEqual({
    text: 'half',
    cutBy: 'interruption',
  });
  expect(latestTextOf([], 'architect')).toBeUndefined();
});

describe('skipped blocks', () => {
  const open = { reason: 'open' as const, path: 'b.ts', offset: 4, chars: 4 };
  const diff = { reason: 'diff' as const, path: 'c.ts', offset: 0, chars: 3 };
  const coder = stage([{ ...done, text: 'abc half', skipped: [diff, open] }]);

  test('are told, and an open one is an unfinished file', () => {
    expect(skippedBlocks(runState(), [coder])).toEqual({
      skipped: [{ role: 'coder', reason: 'diff', path: 'c.ts' }],
      unfinished: [{ role: 'coder', path: 'b.ts', text: 'half' }],
    });
  });

  test('are told no more once their file was written', () => {
    const files = [present('b.ts', { stage: 3, attempt: 1 }), present('c.ts', { stage: 2, attempt: 2 })];
    expect(skippedBlocks(runState({ files }), [coder])).toEqual({ skipped: [], unfinished: [] });
  });

  test('are told while only an older file is there', () => {
    const files = [present('b.ts', { stage: 1, attempt: 1 }), present('c.ts', { stage: 2, attempt: 1 })];
    expect(skippedBlocks(runState({ files }), [coder])).toMatchObject({
      skipped: [{ path: 'c.ts' }],
      unfinished: [{ path: 'b.ts' }],
    });
  });

  test('are those of each role’s latest stage', () => {
    const later = stage([{ ...done, text: 'x' }], { stage: 5 });
    expect(skippedBlocks(runState(), [coder, later])).toEqual({ skipped: [], unfinished: [] });
    const refiner = stage([{ ...done, text: 'x' }], { stage: 5, role: 'refiner' });
    expect(skippedBlocks(runState(), [coder, refiner]).skipped).toHaveLength(1);
  });

  test('of an attempt before a repair are told if the repair has not brought them', () => {
    const repaired = stage([
      { text: 'abc half', skipped: [diff, open], ...failedFile('file_open') },
      { ...done, cause: 'repair', text: 'x' },
    ]);
    expect(
      skippedBlocks(runState({ files: [present('b.ts', { stage: 2, attempt: 2 })] }), [repaired]),
    ).toEqual({
      skipped: [{ role: 'coder', reason: 'diff', path: 'c.ts' }],
      unfinished: [],
    });
  });
});
