import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startModelCases, type ModelCases, type PlayedCase } from '../support/model-cases.ts';
import { approves, major, requestsChanges, written } from '../support/model-reviews.ts';

let cases: ModelCases;
beforeAll(async () => {
  cases = await startModelCases();
});
afterAll(async () => {
  await cases?.[Symbol.asyncDispose]();
});

const emptyQueue = 'An empty queue is not handled.';
const found = requestsChanges(major(emptyQueue));

/** A run of coder, reviewer and refiner whose reviewer answers these texts, the last one again and again. */
function reviewedBy(...reviewer: readonly string[]): Promise<PlayedCase> {
  return cases.play({ roles: ['coder', 'reviewer', 'refiner'], maxRefinements: 2, answers: { reviewer } });
}

const verdictsOf = ({ events }: PlayedCase) =>
  events.flatMap((event) => (event.type === 'review.recorded' ? [event.verdict] : []));

test('an approval beside a blocker is a request for changes', async () => {
  const contradiction = written([major(emptyQueue, { severity: 'blocker' })], 'approved');
  const played = await reviewedBy(contradiction, approves);
  expect(verdictsOf(played)).toEqual(['changes_requested', 'approved']);
  expect(played.roles).toEqual(['coder', 'reviewer', 'refiner', 'reviewer']);
  expect(played.state.verdict).toBe('approved');
});

test('a comma too many, and the issue before it reaches the refiner', async () => {
  const withComma = found.replace('}],', '},],');
  expect(withComma).not.toBe(found);
  const played = await reviewedBy(withComma, withComma, approves);
  expect(played.roles).toContain('refiner');
  expect(played.prompts('refiner')[0]).toContain(emptyQueue);
  expect(played.state.verdict).toBe('approved');
});

describe('a review whose meaning is beyond doubt costs no repair', () => {
  test.each([
    ['capitals', written([major(emptyQueue, { severity: 'Major' })], 'CHANGES_REQUESTED')],
    ['the line as a text', requestsChanges(major(emptyQueue, { line: '12' }))],
    [
      'other words for severity and verdict',
      written([major(emptyQueue, { severity: 'high' })], 'request_changes'),
    ],
    ['a line end inside a string', requestsChanges(major(`${emptyQueue} |`)).replace(' |', '\nAlways.')],
  ])('%s', async (_, review) => {
    const played = await reviewedBy(review, approves);
    expect(played.requests).toHaveLength(4);
    expect(played.roles).toEqual(['coder', 'reviewer', 'refiner', 'reviewer']);
    expect(played.state.reviews[0]).toMatchObject({
      verdict: 'changes_requested',
      issues: [{ severity: 'major', message: expect.stringContaining(emptyQueue) }],
    });
    expect(played.state.verdict).toBe('approved');
  });

  test('the line that was a text is a number', async () => {
    const { state } = await reviewedBy(requestsChanges(major(emptyQueue, { line: '12' })), approves);
    expect(state.reviews[0]?.issues).toMatchObject([{ file: 'src/a.ts', line: 12 }]);
  });
});

test('a request for changes without an issue is asked for its issues once', async () => {
  const played = await reviewedBy(requestsChanges(), found, approves);
  expect(played.events).toContainEqual(
    expect.objectContaining({
      type: 'stage.failed',
      failure: expect.objectContaining({ code: 'OUTPUT_INVALID', reason: 'review_without_issues' }),
    }),
  );
  expect(played.prompts('refiner')[0]).toContain(emptyQueue);
  expect(verdictsOf(played)).toEqual(['changes_requested', 'approved']);
});

test('two reviews in one text that contradict each other approve nothing, and the grave issue is mended', async () => {
  const both = `${found}\n\n${approves}`;
  const played = await reviewedBy(both, both, approves);
  expect(played.roles).toContain('refiner');
  expect(verdictsOf(played)[0]).toBe('unknown');
  expect(played.prompts('refiner')[0]).toContain(emptyQueue);
});
