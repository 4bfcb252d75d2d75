import { StartInput } from '@stagewire/shared/commands';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { contract } from '@stagewire/shared/contract';
import { areOnlyTooLarge, describeIssues } from '../../server/api/input-issues.ts';

function issuesOf(schema: z.ZodType, input: unknown) {
  const { error } = schema.safeParse(input);
  if (error === undefined) throw new Error('nothing is wrong with it');
  return { told: describeIssues(error.issues), areTooLarge: areOnlyTooLarge(error.issues) };
}

test.for([
  [{ task: '' }, 'task', 'must not be empty'],
  [{ task: 'x'.repeat(100_001) }, 'task', 'has more than 100000 characters'],
  [{ task: 'x', runId: 'zzz' }, 'runId', 'is not the id of a run'],
  [{ task: 'x', colour: 'red' }, 'colour', 'unknown field'],
  [
    { task: 'x', files: Array.from({ length: 101 }, () => ({ path: 'a', text: '' })) },
    'files',
    'has more than 100 entries',
  ],
] as const)('%#: a person can read it', ([input, field, message]) => {
  expect(issuesOf(StartInput, input).told).toContainEqual({ field, message });
});

test('only what is too long, and nothing else, is too large', () => {
  expect(issuesOf(StartInput, { task: 'x'.repeat(100_001) }).areTooLarge).toBe(true);
  expect(issuesOf(StartInput, { task: 'x'.repeat(100_001), colour: 'red' }).areTooLarge).toBe(false);
  expect(issuesOf(contract['runs.list'].input, { limit: 100_000 }).areTooLarge).toBe(false);
});

test('the messages of the schema library are reworded', () => {
  const input = { task: 1, pipeline: { maxRefinements: 9 } };
  const { error } = StartInput.safeParse(input);
  expect(describeIssues(error?.issues ?? [])).toEqual([
    { field: 'task', message: 'expected string, received number' },
    { field: 'pipeline.maxRefinements', message: 'must be at most 5' },
  ]);
});
