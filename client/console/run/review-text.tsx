import { FileCode2 } from 'lucide-react';
import type { AttemptState, FileState, ReviewIssue } from '../../generated/contract.ts';
import { plural } from '../shell/amounts.ts';
import { wordFor } from '../shell/words.ts';
import { CodeText } from '../text/code-text.tsx';
import { ModelText } from '../text/model-text.tsx';
import type { ShownReview } from './review-of.ts';

export interface ReviewTextProps {
  /** `undefined`: the text is no review, and is shown as it is. */
  readonly review: ShownReview | undefined;
  readonly attempt: AttemptState;
  readonly files: readonly FileState[];
  readonly onShowFile: (path: string, line: number | undefined) => void;
}

/** A review as its issues, one by one as they come, and its verdict; the model's own JSON is folded away. */
export function ReviewText({ review, attempt, files, onShowFile }: ReviewTextProps) {
  const growing = attempt.status === 'running';
  if (review === undefined) return <ModelText text={attempt.text} growing={false} />;
  return (
    <div className="review">
      <p className="review-summary">
        {review.verdict === null ? null : (
          <span className={`badge is-${review.verdict}`}>{wordFor(review.verdict)}</span>
        )}
        {growing && review.issues.length === 0
          ? 'Reading; issues appear here as they are found'
          : review.issues.length === 0
            ? 'No issues'
            : plural(review.issues.length, 'issue')}
        {growing && review.issues.length > 0 && ' so far'}
      </p>
      <IssueList issues={review.issues} files={files} onShowFile={onShowFile} />
      {attempt.text === '' ? null : (
        <details className="raw">
          <summary>The reviewer's JSON</summary>
          <pre className="code" tabIndex={0} aria-label="The reviewer's JSON">
            <CodeText text={attempt.text} language="json" growing={growing} />
          </pre>
        </details>
      )}
    </div>
  );
}

export interface IssueListProps {
  readonly issues: readonly ReviewIssue[];
  readonly files: readonly FileState[];
  readonly onShowFile: (path: string, line: number | undefined) => void;
}

export function IssueList({ issues, files, onShowFile }: IssueListProps) {
  return (
    <ol className="issues">
      {issues.map((issue, index) => (
        // A review only grows, and its issues have no name but their place.
        <li key={index} className={`issue is-${issue.severity}`}>
          <p className="issue-head">
            <span className={`badge is-${issue.severity}`}>{issue.severity}</span>
            <Place issue={issue} files={files} onShowFile={onShowFile} />
          </p>
          <p>{issue.message}</p>
          {issue.suggestion === undefined ? null : <p className="suggestion">{issue.suggestion}</p>}
        </li>
      ))}
    </ol>
  );
}

/** The file that an issue is about: a way there if the run has written it. */
function Place({
  issue,
  files,
  onShowFile,
}: { readonly issue: ReviewIssue } & Omit<IssueListProps, 'issues'>) {
  const { file, line } = issue;
  if (file === undefined) return null;
  const name = line === undefined ? file : `${file}:${line}`;
  if (!files.some((it) => it.path === file)) return <span className="mono muted">{name}</span>;
  return (
    <button type="button" className="link mono" onClick={() => onShowFile(file, line)}>
      <FileCode2 size={13} aria-hidden="true" />
      {name}
    </button>
  );
}
