import { counted, grouped } from '@stagewire/client';
import type { ReviewIssue } from '@stagewire/client';

const severities = ['blocker', 'major', 'minor', 'nit'] as const satisfies readonly ReviewIssue['severity'][];

type Issues = readonly Pick<ReviewIssue, 'severity'>[];

/** `4 issues (1 major, 3 nits)`: the number of issues, by severity. */
export function issueCount(issues: Issues): string {
  const bySeverity = severityCounts(issues);
  return `${counted(issues.length, 'issue')}${bySeverity === '' ? '' : ` (${bySeverity})`}`;
}

/** `1 major, 3 nits`. A severity of a later version is not listed. */
export function severityCounts(issues: Issues): string {
  const parts = severities.flatMap((severity) => {
    const count = issues.filter((it) => it.severity === severity).length;
    return count === 0 ? [] : [severityCount(severity, count)];
  });
  return parts.join(', ');
}

function severityCount(severity: (typeof severities)[number], count: number): string {
  // `major` and `minor` are adjectives.
  return severity === 'blocker' || severity === 'nit'
    ? counted(count, severity)
    : `${grouped(count)} ${severity}`;
}
