import type { FileIssue } from './file-versions.ts';

export interface FileIssuesProps {
  readonly issues: readonly FileIssue[];
  /** Of the text that is shown. */
  readonly lines: number;
  readonly onLine: (line: number) => void;
}

/** What reviews found in this version of a file. */
export function FileIssues({ issues, lines, onLine }: FileIssuesProps) {
  if (issues.length === 0) return null;
  const severalReviews = new Set(issues.map(({ stage }) => stage)).size > 1;
  return (
    <ul className="file-issues" aria-label="Issues">
      {issues.map(({ stage, issue }, index) => (
        // A review only grows, and its issues have no name but their place.
        <li key={index}>
          <span className={`badge is-${issue.severity}`}>{issue.severity}</span>
          {issue.line === undefined || issue.line > lines ? null : (
            <button type="button" className="link" onClick={() => onLine(issue.line ?? 1)}>
              line {issue.line}
            </button>
          )}
          <span>
            {issue.message}
            {severalReviews && <span className="muted"> (stage {stage})</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
