import { counted } from '@stagewire/shared/units/count';
import type { ReviewIssue, ReviewRecorded, RunVerdict } from '@stagewire/client';
import { cleanFileName, cleanLine } from './clean-text.ts';
import type { Paint, Style } from '../terminal/paint.ts';

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
  const place = issue.file === undefined ? '' : ` ${paint('bold', `${cleanFileName(issue.file)}${line}`)}`;
  const first = `• ${style === undefined ? severity : paint(style, severity)}${place} ${cleanLine(issue.message, 2000)}`;
  if (issue.suggestion === undefined) return [first];
  return [first, paint('dim', `  → ${cleanLine(issue.suggestion, 2000)}`)];
}

/** Problems of one review that are told; of more, how many there are. */
const toldProblems = 3;

/** The verdict, and what could not be read as it was written. */
export function verdictLines({ verdict, issues, problems = [] }: ReviewRecorded, paint: Paint): string[] {
  const style = verdict === 'approved' ? 'green' : 'yellow';
  const count = issues.length === 0 ? '' : `, ${counted(issues.length, 'issue')}`;
  const told = problems.slice(0, toldProblems).map((problem) => cleanLine(problem, 300));
  const more = problems.length - told.length;
  return [
    `verdict: ${paint(style, verdictText(verdict))}${count}`,
    ...[...told, ...(more > 0 ? [`and ${counted(more, 'other problem')} of this review`] : [])].map(
      (text) => `${paint('yellow', '!')} ${text}`,
    ),
  ];
}

const verdictWords: Readonly<Record<RunVerdict, string>> = {
  approved: 'approved',
  changes_requested: 'changes requested',
  unknown: 'unknown, since the review cannot be relied on',
  none: 'no review judges the files as they are',
};

/** One of a later version is called as that calls it. */
export function verdictText(verdict: RunVerdict): string {
  return Object.hasOwn(verdictWords, verdict) ? verdictWords[verdict] : cleanLine(verdict);
}
