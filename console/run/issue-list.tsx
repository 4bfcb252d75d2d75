import { visibleName } from '@stagewire/client/text';
import { FileCode2 } from 'lucide-react';
import type { ReviewIssue, RunState } from '@stagewire/client';
import { capitalized } from '../shell/labels.ts';
import { reviewedAt, type ShownVersion } from './attempt-places.ts';
import { useIssuePaths } from './use-issue-paths.ts';

/** Shows a file at a line, in the given version. */
export type ShowFile = (path: string, line?: number, at?: ShownVersion) => void;

export interface IssueListProps {
  readonly state: RunState;
  /** The reviewer's stage. */
  readonly stage: number;
  readonly issues: readonly ReviewIssue[];
  readonly onShowFile: ShowFile;
}

/** The issues of a review; each links to its line in the reviewed version of the file. */
export function IssueList({ state, stage, issues, onShowFile }: IssueListProps) {
  const at = reviewedAt(state, stage);
  const paths = useIssuePaths(state, issues, at);
  if (issues.length === 0) return null;
  return (
    <ol className="issues">
      {issues.map((issue, index) => (
        // The index is the key: issues have no id, and a review is only appended to.
        <li key={index} className={`issue is-${issue.severity}`}>
          <p className="issue-head">
            <span className={`badge is-${issue.severity}`}>{capitalized(issue.severity)}</span>
            <IssueLocation issue={issue} paths={paths} onShow={(file) => onShowFile(file, issue.line, at)} />
          </p>
          <p>{issue.message}</p>
          {issue.suggestion === undefined ? null : <p className="suggestion">{issue.suggestion}</p>}
        </li>
      ))}
    </ol>
  );
}

export interface IssueLocationProps {
  readonly issue: Pick<ReviewIssue, 'file' | 'line'>;
  readonly paths: ReadonlySet<string>;
  readonly onShow: (file: string) => void;
}

/** The file of an issue: a link if the run has or had the file. */
export function IssueLocation({ issue: { file, line }, paths, onShow }: IssueLocationProps) {
  if (file === undefined) return null;
  const shown = visibleName(file);
  const name = line === undefined ? shown : `${shown}:${line}`;
  if (!paths.has(file)) return <span className="mono muted">{name}</span>;
  return (
    <button type="button" className="link mono" onClick={() => onShow(file)}>
      <FileCode2 size={13} aria-hidden="true" />
      {name}
    </button>
  );
}
