import type { ReviewIssue, ReviewRecorded, RunVerdict } from '@stagewire/client';
import { counted } from './amounts.ts';
import { cleanLine } from './clean-text.ts';
import type { Paint, Style } from './paint.ts';

const styles: Readonly<Record<ReviewIssue['severity'], Style | undefined>> = {
  blocker: 'red',
  major: 'yellow',
  minor: undefined,
  nit: 'dim',
};

/** One issue: how bad, where, what, and in a second line what to do about it. */
export function issueLines(issue: ReviewIssue, paint: Paint): string[] {
  const style = styles[issue.severity];
  const severity = cleanLine(issue.severity);
  const line = issue.line === undefined ? '' : `:${issue.line}`;
  const place = issue.file === undefined ? '' : ` ${paint('bold', `${cleanLine(issue.file)}${line}`)}`;
  const first = `• ${style === undefined ? severity : paint(style, severity)}${place} ${cleanLine(issue.message, 2000)}`;
  if (issue.suggestion === undefined) return [first];
  return [first, paint('dim', `  → ${cleanLine(issue.suggestion, 2000)}`)];
}

export function verdictLine({ verdict, issues }: ReviewRecorded, paint: Paint): string {
  const style = verdict === 'approved' ? 'green' : 'yellow';
  const count = issues.length === 0 ? '' : `, ${counted(issues.length, 'issue')}`;
  return `verdict: ${paint(style, verdictText(verdict))}${count}`;
}

const verdictWords: Readonly<Record<RunVerdict, string>> = {
  approved: 'approved',
  changes_requested: 'changes requested',
  unknown: 'unknown, since the review could not be read to its end',
  none: 'the last code was not reviewed',
};

/** One of a later version is called as that calls it. */
export function verdictText(verdict: RunVerdict): string {
  return Object.hasOwn(verdictWords, verdict) ? verdictWords[verdict] : cleanLine(verdict);
}
