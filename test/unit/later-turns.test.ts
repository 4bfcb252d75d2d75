import { FailureReason } from '@stagewire/shared/primitives';
import { describe, expect, test } from 'vitest';
import { continuationRequest, repairRequest } from '../../server/pipeline/later-turns.ts';
import type { PromptRepair } from '../../server/pipeline/prompt-input.ts';

const repair = (more: Partial<PromptRepair>) =>
  repairRequest({ reason: undefined, message: 'THE PROBLEM', text: '', blocks: [], ...more });

describe('a repair asks for what was missing', () => {
  test.each(FailureReason.options)(
    '%s has words of its own or the general ones, and they say to answer',
    (reason) => {
      expect(repair({ reason })).toMatch(/[Aa]nswer|write/);
    },
  );

  test('no file: the files, or a word that nothing changes', () => {
    const text = repair({ reason: 'no_file' });
    expect(text).toContain('THE PROBLEM');
    expect(text).toContain('an empty block `unchanged`');
  });

  test.each(['file_open', 'file_elided'] as const)(
    '%s: the blocks that were not taken, and no other file',
    (reason) => {
      const text = repair({ reason, blocks: [{ path: 'src/a.ts', text: 'half' }] });
      expect(text).toContain('```ts src/a.ts\nhalf\n```');
      expect(text).toContain('Do not send the others again.');
      expect(text).not.toContain('THE PROBLEM');
    },
  );

  test('a tool call: there are none', () => {
    expect(repair({ reason: 'tool_call' })).toContain('There are no tools here');
  });

  test.each(['thought_unfinished', 'output_limit'] as const)('%s: to think briefly', (reason) => {
    expect(repair({ reason })).toContain('Think briefly');
  });

  test('a review without issues: the issues', () => {
    expect(repair({ reason: 'review_without_issues' })).toContain(
      'either with the issues, or with the verdict "approved"',
    );
  });

  test('an unreadable review, or one of an older log: the form', () => {
    for (const reason of ['review_unreadable', undefined] as const)
      expect(repair({ reason })).toContain('```\nTHE PROBLEM\n```\n\nAnswer again, with the whole answer');
  });
});

describe('an answer that goes on', () => {
  const goOn = (text: string, cutBy: 'length' | 'interruption' = 'length') =>
    continuationRequest({ text, mode: 'continue', cutBy });

  test('is told what cut it off', () => {
    expect(goOn('a')).toContain('reached the limit of its length');
    expect(goOn('a', 'interruption')).toMatch(/^You were interrupted\./);
  });

  test('is told whether it stands in a code block, which must not be opened again', () => {
    expect(goOn('Notes.\n\n```ts a.ts\nconst a')).toContain('do not open a new code fence for it');
    expect(goOn('Notes.\n\n```ts a.ts\nconst a;\n```\n')).toContain('outside any code block');
  });

  test('is told to go on in a line that is not finished', () => {
    expect(goOn('const a')).toContain('Its last line is not finished');
    expect(goOn('const a;\n')).not.toContain('Its last line is not finished');
  });

  test('or begins anew, whatever cut it off', () => {
    for (const cutBy of ['length', 'interruption'] as const)
      expect(continuationRequest({ text: 'a', mode: 'restart', cutBy })).toContain(
        'Start your answer again from scratch',
      );
  });
});
