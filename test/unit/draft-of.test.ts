import type { AttemptState, CommandState } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { draftOf } from '../../server/runs/requests/draft-of.ts';
import { repairOf } from '../../server/runs/requests/repair-of.ts';
import { runState, stageState, steerState } from '../support/stage-state.ts';

type Attempts = readonly Partial<AttemptState>[];

function last(attempts: Attempts, commands: readonly CommandState[] = []) {
  const stage = stageState(attempts);
  const run = runState({ stages: [stage], commands: [...commands] });
  return { draft: draftOf(run, stage, attempts.length - 1), repair: repairOf(stage) };
}

const invalid: Partial<AttemptState> = {
  text: 'bad',
  status: 'failed',
  failure: { code: 'OUTPUT_INVALID', message: 'no JSON', retryable: true, reason: 'review_unreadable' },
};
const steered: Partial<AttemptState> = { cause: 'steer', commandIds: ['one'] };

const chains: readonly {
  readonly title: string;
  readonly attempts: Attempts;
  readonly draft: string | undefined;
  readonly repairs?: string;
}[] = [
  { title: 'a first attempt has none', attempts: [{}], draft: undefined },
  {
    title: 'a retry of a first attempt has none',
    attempts: [{ text: 'lost' }, { cause: 'retry' }],
    draft: undefined,
  },
  {
    title: 'a steer that begins anew shows what was there',
    attempts: [{ text: 'old' }, steered],
    draft: 'restart interruption old',
  },
  {
    title: 'a steer that goes on goes on after all of it',
    attempts: [{ text: 'old' }, { ...steered, keptChars: 3 }],
    draft: 'continue interruption old',
  },
  {
    title: 'a retry of a steered attempt shows what that one was shown',
    attempts: [{ text: 'old' }, { ...steered, text: 'lost' }, { cause: 'retry', commandIds: ['one'] }],
    draft: 'restart interruption old',
  },
  {
    title: 'a retry of one that went on goes on after the same text',
    attempts: [
      { text: 'old' },
      { ...steered, keptChars: 3, text: ' lost' },
      { cause: 'retry', keptChars: 3 },
    ],
    draft: 'continue interruption old',
  },
  {
    title: 'a steer after a retry that has shown nothing begins anew from the text before',
    attempts: [
      { text: 'old' },
      steered,
      { cause: 'retry', commandIds: ['one'] },
      { cause: 'steer', commandIds: ['one', 'two'] },
    ],
    draft: 'restart interruption old',
  },
  {
    title: 'an attempt that the length cut goes on, and says why',
    attempts: [{ text: 'long' }, { cause: 'continue', keptChars: 4 }],
    draft: 'continue length long',
  },
  {
    title: 'so does the next one, with all of the text',
    attempts: [
      { text: 'long' },
      { cause: 'continue', keptChars: 4, text: 'er' },
      { cause: 'continue', keptChars: 6 },
    ],
    draft: 'continue length longer',
  },
  {
    title: 'a retry of a continuation goes on after what the length had cut',
    attempts: [
      { text: 'long' },
      { cause: 'continue', keptChars: 4, text: 'lost' },
      { cause: 'retry', keptChars: 4 },
      { cause: 'retry', keptChars: 4 },
    ],
    draft: 'continue length long',
  },
  {
    title: 'a continuation that the server’s end cut off is resumed after all of it',
    attempts: [
      { text: 'long' },
      { cause: 'continue', keptChars: 4, text: 'er' },
      { cause: 'resume', keptChars: 6 },
    ],
    draft: 'continue interruption longer',
  },
  {
    title: 'a continuation that was steered to begin anew shows all of it',
    attempts: [{ text: 'long' }, { cause: 'continue', keptChars: 4, text: 'er' }, steered],
    draft: 'restart interruption longer',
  },
  {
    title: 'a resumed attempt goes on after what was durable',
    attempts: [{ text: 'old' }, { cause: 'resume', keptChars: 3 }],
    draft: 'continue interruption old',
  },
  {
    title: 'a resumed attempt that keeps nothing does the work of the one before again',
    attempts: [{ text: 'old' }, steered, { cause: 'resume', commandIds: ['one'] }],
    draft: 'restart interruption old',
  },
  {
    title: 'a steer that came with the resumption shows what was there',
    attempts: [{ text: 'old' }, { cause: 'resume', commandIds: ['one'] }],
    draft: 'restart interruption old',
  },
  {
    title: 'a repair shows the bad answer and no draft',
    attempts: [invalid, { cause: 'repair' }],
    draft: undefined,
    repairs: 'bad',
  },
  {
    title: 'a retry of a repair repairs the same answer',
    attempts: [invalid, { cause: 'repair', text: 'half' }, { cause: 'retry' }],
    draft: undefined,
    repairs: 'bad',
  },
  {
    title: 'a resumed repair goes on with it',
    attempts: [invalid, { cause: 'repair', text: 'half' }, { cause: 'resume', keptChars: 4 }],
    draft: 'continue interruption half',
    repairs: 'bad',
  },
  {
    title: 'a repair that the length cut goes on with it',
    attempts: [invalid, { cause: 'repair', text: 'half' }, { cause: 'continue', keptChars: 4 }],
    draft: 'continue length half',
    repairs: 'bad',
  },
  {
    title: 'a repair that is steered to go on goes on with it',
    attempts: [invalid, { cause: 'repair', text: 'half' }, { ...steered, keptChars: 4 }],
    draft: 'continue interruption half',
    repairs: 'bad',
  },
  {
    title: 'a repair that is steered to begin anew is one no more',
    attempts: [invalid, { cause: 'repair', text: 'half' }, steered],
    draft: 'restart interruption half',
  },
  {
    title: 'and so it is if a recovery applies that steer',
    attempts: [invalid, { cause: 'repair', text: 'half' }, { ...steered, cause: 'resume' }],
    draft: 'restart interruption half',
  },
  {
    title: 'a repair that is resumed before it has written anything is one still',
    attempts: [
      { ...invalid, commandIds: ['one'] },
      { cause: 'repair', commandIds: ['one'] },
      { cause: 'resume', commandIds: ['one'] },
    ],
    draft: undefined,
    repairs: 'bad',
  },
  {
    title: 'a repair after a steer repairs the steered answer',
    attempts: [
      { text: 'old' },
      { ...steered, ...invalid, cause: 'steer' },
      { cause: 'repair', commandIds: ['one'] },
    ],
    draft: undefined,
    repairs: 'bad',
  },
];

describe('the draft of an attempt', () => {
  test.each(chains)('$title', ({ attempts, draft, repairs }) => {
    const found = last(attempts, [steerState('one'), steerState('two')]);
    expect(found.draft && `${found.draft.mode} ${found.draft.cutBy} ${found.draft.text}`).toBe(draft);
    expect(found.repair?.text).toBe(repairs);
  });

  test('is dropped by a steer that says so, also in the attempts that do its work again', () => {
    const attempts: Attempts = [{ text: 'old' }, steered, { cause: 'retry', commandIds: ['one'] }];
    expect(last(attempts, [steerState('one', 'drop')]).draft).toBeUndefined();
    expect(last(attempts, [steerState('one', 'keep')]).draft?.text).toBe('old');
  });

  test('is that of the attempt since, once another steer keeps it', () => {
    const attempts: Attempts = [
      { text: 'old' },
      { ...steered, text: 'new' },
      { cause: 'steer', commandIds: ['one', 'two'] },
    ];
    expect(last(attempts, [steerState('one', 'drop'), steerState('two')]).draft?.text).toBe('new');
  });

  test('is dropped if one of the steers that came together says so', () => {
    const attempts: Attempts = [{ text: 'old' }, { cause: 'steer', commandIds: ['one', 'two'] }];
    expect(last(attempts, [steerState('one'), steerState('two', 'drop')]).draft).toBeUndefined();
  });

  test('has no thought in it that only a closing tag ends', () => {
    const text = 'Hm, a draft.\n</think>\n\nThe answer';
    expect(
      last([{ text }, { ...steered, keptChars: text.length }], [steerState('one')]).draft?.text.trim(),
    ).toBe('The answer');
  });
});

describe('what a repair shows', () => {
  const answer = 'Notes.\n\n```ts a.ts\nwhole\n```\n\n```ts b.ts\nhalf';
  const offset = answer.indexOf('half');
  const failed = (reason: 'file_open' | 'file_elided' | 'no_file' | 'tool_call' | 'empty', skipped = true) =>
    last([
      {
        text: answer,
        status: 'failed',
        failure: { code: 'OUTPUT_INVALID', message: 'why', retryable: true, reason },
        skipped: skipped
          ? [
              { reason: 'no_path', offset: 0, chars: 3 },
              { reason: reason === 'file_elided' ? 'elided' : 'open', path: 'b.ts', offset, chars: 4 },
            ]
          : [],
      },
      { cause: 'repair' },
    ]).repair;

  test.each(['file_open', 'file_elided'] as const)(
    '%s: the block that is to come again, and no other',
    (reason) => {
      expect(failed(reason)).toEqual({
        reason,
        message: 'why',
        text: '',
        blocks: [{ path: 'b.ts', text: 'half' }],
      });
    },
  );

  test('file_open without a record of the block: the answer', () => {
    expect(failed('file_open', false)?.text).toBe(answer);
  });

  test('no_file: the answer', () => {
    expect(failed('no_file')).toMatchObject({ text: answer, blocks: [] });
  });

  test.each(['tool_call', 'empty'] as const)('%s: nothing of it', (reason) => {
    expect(failed(reason)).toEqual({ reason, message: 'why', text: '', blocks: [] });
  });
});
