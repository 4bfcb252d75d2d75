import type { AttemptState, ReviewIssue, RunState, StageState } from '../../generated/contract.ts';

export interface ShownReview {
  readonly issues: readonly ReviewIssue[];
  /** `null` while it is being written, or if its text does not say. */
  readonly verdict: string | null;
}

const severities: readonly string[] = ['blocker', 'major', 'minor', 'nit'];

/**
 * The review that an attempt wrote. The run's state holds the latest one, as the server read it; an earlier one is
 * read from its text here. `undefined`: the text is no review.
 */
export function reviewOf(state: RunState, stage: StageState, attempt: AttemptState): ShownReview | undefined {
  const { review } = state;
  if (review !== null && review.stage === stage.stage && review.attempt === attempt.attempt) return review;
  if (attempt.status === 'running') return { issues: [], verdict: null };
  return parseReview(attempt.text);
}

function parseReview(text: string): ShownReview | undefined {
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}');
  if (start === -1 || end < start) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.slice(start, end + 1));
  } catch {
    // Cut off or not JSON: it is shown as the text it is.
    return undefined;
  }
  const { issues, verdict } = parsed as { issues?: unknown; verdict?: unknown };
  if (!Array.isArray(issues)) return undefined;
  return {
    issues: issues.flatMap((it: unknown) => (isIssue(it) ? [it] : [])),
    verdict: typeof verdict === 'string' ? verdict : null,
  };
}

function isIssue(value: unknown): value is ReviewIssue {
  if (typeof value !== 'object' || value === null) return false;
  const { severity, message, file, line } = value as Record<string, unknown>;
  return (
    typeof severity === 'string' &&
    severities.includes(severity) &&
    typeof message === 'string' &&
    (file === undefined || typeof file === 'string') &&
    (line === undefined || typeof line === 'number')
  );
}
