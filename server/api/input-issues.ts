import type { InputIssue } from '@stagewire/shared';
import type { z } from 'zod';

/** Of an input with thousands of faults only these many are reported; more would only echo the input. */
const maxIssues = 20;

/** Longer names and messages are truncated: they contain client input, which may be a megabyte long. */
const maxTextChars = 200;

/** The message of a field that the input does not have. */
export const unknownField = 'unknown field';

type Issue = z.core.$ZodIssue;

/** The problems of an input, by field; unknown fields are listed by name. */
export function describeIssues(issues: readonly Issue[]): readonly InputIssue[] {
  return issues.flatMap((issue) => describe(issue, [])).slice(0, maxIssues);
}

/** Is the only problem that a text or a list exceeds its limit? */
export function areOnlyTooLarge(issues: readonly Issue[]): boolean {
  return (
    issues.length > 0 &&
    issues.every(
      (issue) => issue.code === 'too_big' && (issue.origin === 'string' || issue.origin === 'array'),
    )
  );
}

/** The text, truncated if it is long. */
export function shorten(text: string): string {
  return text.length <= maxTextChars ? text : `${text.slice(0, maxTextChars)}…`;
}

function describe(issue: Issue, parents: readonly PropertyKey[]): readonly InputIssue[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, maxIssues)
      .map((key) => ({ field: fieldName([...path, key]), message: unknownField }));
  }
  if (issue.code === 'invalid_union') {
    const nearest = nearestBranch(issue.errors);
    if (nearest !== undefined) return nearest.flatMap((inner) => describe(inner, path));
  }
  return [{ field: fieldName(path), message: shorten(messageOf(issue, path)) }];
}

/** zod's messages, reworded where they are meant for programmers. */
function messageOf(issue: Issue, path: readonly PropertyKey[]): string {
  if (issue.code === 'invalid_format' && path.at(-1) === 'runId') return 'is not the id of a run';
  if (issue.code === 'too_small' && issue.origin === 'string') {
    return issue.minimum === 1 ? 'must not be empty' : `has fewer than ${issue.minimum} characters`;
  }
  if (issue.code === 'too_big' && issue.origin === 'string')
    return `has more than ${issue.maximum} characters`;
  if (issue.code === 'too_big' && issue.origin === 'array') return `has more than ${issue.maximum} entries`;
  if (issue.code === 'too_big' && isNumber(issue) && issue.inclusive === true)
    return `must be at most ${issue.maximum}`;
  if (issue.code === 'too_small' && isNumber(issue) && issue.inclusive === true)
    return `must be at least ${issue.minimum}`;
  // The answer as a whole starts with these words already.
  return issue.message.replace(/^Invalid input: /, '');
}

function isNumber({ origin }: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): boolean {
  return origin === 'number' || origin === 'int';
}

/** Of a union, the branch that would match without its unknown fields: the only useful one to report. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find(
    (branch) => branch.length > 0 && branch.every((issue) => issue.code === 'unrecognized_keys'),
  );
}

function fieldName(path: readonly PropertyKey[]): string {
  return shorten(path.map(String).join('.'));
}
