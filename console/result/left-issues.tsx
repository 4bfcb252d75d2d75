import type { RunState } from '@stagewire/client';
import { reviewedAt } from '../run/attempt-places.ts';
import { IssueLocation, type ShowFile } from '../run/issue-list.tsx';
import { useIssuePaths } from '../run/use-issue-paths.ts';
import { capitalized } from '../shell/labels.ts';
import type { Panel } from '../shell/route.ts';
import { leftIssues, leftIssuesTitle } from './last-review.ts';

export interface LeftIssuesProps {
  readonly state: RunState;
  readonly onShowFile: ShowFile;
  readonly onShowStage: (stage: number) => void;
  readonly onPanel: (panel: Panel) => void;
}

const maxShown = 5;

/** What the last review left open; each issue links to the text that was reviewed. */
export function LeftIssues({ state, onShowFile, onShowStage, onPanel }: LeftIssuesProps) {
  const left = leftIssues(state);
  const stage = state.review?.stage ?? 1;
  const at = reviewedAt(state, stage);
  const paths = useIssuePaths(state, state.review?.issues ?? [], at);
  if (state.review === null || left.length === 0) return null;
  return (
    <section className="result-part" aria-labelledby="left-issues">
      <h3 id="left-issues">{leftIssuesTitle(state.review, left)}</h3>
      <ol className="left-issues">
        {left.slice(0, maxShown).map(({ issue, changedIn }, index) => (
          // The index is the key: issues have no id, and the review has ended.
          <li key={index}>
            <span className={`badge is-${issue.severity}`}>{capitalized(issue.severity)}</span>
            <span className="left-issue-message">{issue.message}</span>
            <span className="left-issue-place">
              {issue.file === undefined ? (
                <button type="button" className="link" onClick={() => onShowStage(stage)}>
                  Review, stage {stage}
                </button>
              ) : (
                <IssueLocation
                  issue={issue}
                  paths={paths}
                  onShow={(file) => onShowFile(file, issue.line, at)}
                />
              )}
              {changedIn === undefined ? null : (
                <span className="muted">the file changed in stage {changedIn}</span>
              )}
            </span>
          </li>
        ))}
      </ol>
      {left.length > maxShown && (
        <button type="button" className="link" onClick={() => onPanel('review')}>
          Show all {left.length} issues
        </button>
      )}
    </section>
  );
}
