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

/** One issue: severity, place and message, and the suggestion on a second line. */
export function issueLines(issue: ReviewIssue, paint: Paint): string[] {
  const style = styles[issue.severity];
  const severity = cleanLine(issue.severity);
  const line = issue.line === undefined ? '' : `:${issue.line}`;
  const place = issue.file === undefined ? '' : ` ${paint('bold', `${cleanFileName(issue.file)}${line}`)}`;
  const first = `• ${style === undefined ? severity : paint(style, severity)}${place} ${cleanLine(issue.message, 2000)}`;
  if (issue.suggestion === undefined) return [first];
  return [first, paint('dim', `  → ${cleanLine(issue.suggestion, 2000)}`)];
}

/** Problems of a review that are shown; the others are only counted. */
const maxShownProblems = 3;

/** The verdict, and the parts of the review that could not be read as written. */
export function verdictLines({ verdict, issues, problems = [] }: ReviewRecorded, paint: Paint): string[] {
  const style = verdict === 'approved' ? 'green' : 'yellow';
  const count = issues.length === 0 ? '' : `, ${counted(issues.length, 'issue')}`;
  const shown = problems.slice(0, maxShownProblems).map((problem) => cleanLine(problem, 300));
  const more = problems.length - shown.length;
  return [
    `verdict: ${paint(style, verdictText(verdict))}${count}`,
    ...[...shown, ...(more > 0 ? [`and ${counted(more, 'other problem')} of this review`] : [])].map(
      (text) => `${paint('yellow', '!')} ${text}`,
    ),
  ];
}

const verdictLabels: Readonly<Record<RunVerdict, string>> = {
  approved: 'approved',
  changes_requested: 'changes requested',
  unknown: 'unknown (the review is not reliable)',
  none: 'no review of the current files',
};

/** An unknown verdict of a later version is shown unchanged. */
export function verdictText(verdict: RunVerdict): string {
  return Object.hasOwn(verdictLabels, verdict) ? verdictLabels[verdict] : cleanLine(verdict);
}
