import { capitalized } from '../shell/labels.ts';
import type { FileIssue } from './file-issues-of.ts';

export interface FileIssuesProps {
  readonly issues: readonly FileIssue[];
  /** The number of lines of the shown text. */
  readonly lines: number;
  readonly onLine: (line: number) => void;
}

/** The issues of reviews of this version of a file. */
export function FileIssues({ issues, lines, onLine }: FileIssuesProps) {
  if (issues.length === 0) return null;
  const severalReviews = new Set(issues.map(({ stage }) => stage)).size > 1;
  return (
    <ul className="file-issues" aria-label="Issues">
      {issues.map(({ stage, issue }, index) => (
        // The index is the key: issues have no id, and a review is only appended to.
        <li key={index}>
          <span className={`badge is-${issue.severity}`}>{capitalized(issue.severity)}</span>
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
