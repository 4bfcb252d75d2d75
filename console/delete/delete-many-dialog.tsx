import { counted, grouped } from '@stagewire/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useAnswer, useDeleteRun, useStagewire } from '@stagewire/client/react';
import type { RunSummary } from '@stagewire/client';
import { selectionText, sentSearch, type ListSelection } from '../run-list/list-selection.ts';
import { Link } from '../shell/link.tsx';
import { Modal } from '../shell/modal.tsx';
import { runPath } from '../shell/route.ts';
import { deleteMany, findDeletable, type DeletableRuns, type DeleteFailure } from './delete-many.ts';

export interface DeleteManyDialogProps {
  readonly selection: ListSelection;
  readonly onClose: () => void;
}

interface Progress {
  readonly total: number;
  readonly deleted: number;
  readonly failures: readonly DeleteFailure[];
  readonly isRunning: boolean;
}

/** The number of failures that are listed. */
const maxListed = 50;

/** Counts the runs of a selection on the server, asks for confirmation, and deletes them. */
export function DeleteManyDialog({ selection, onClose }: DeleteManyDialogProps) {
  const stagewire = useStagewire();
  const deleteRun = useDeleteRun();
  // What was confirmed is deleted, even if the list is searched for something else meanwhile.
  const [selected] = useState(selection);
  const [progress, setProgress] = useState<Progress>();
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const count = useCallback(
    (signal: AbortSignal) => {
      const { filter, labels, owner } = selected;
      const search = sentSearch(selected.search);
      const input = {
        labels,
        owner,
        ...(filter.status !== undefined && { status: [...filter.status] }),
        ...(search !== undefined && { search }),
      };
      return findDeletable(stagewire, { input, signal });
    },
    [stagewire, selected],
  );
  const { value: found, error, retry } = useAnswer(count);
  const run = async (runs: readonly RunSummary[], before = 0) => {
    const abort = new AbortController();
    stop.current = abort;
    const total = before + runs.length;
    setProgress({ total, deleted: before, failures: [], isRunning: true });
    await deleteMany(runs, {
      deleteRun: (runId) => deleteRun(runId),
      signal: abort.signal,
      onProgress: (deleted, failures) =>
        setProgress({ total, deleted: before + deleted, failures, isRunning: true }),
    });
    setProgress((now) => now && { ...now, isRunning: false });
  };

  return (
    <Modal title="Delete runs" onClose={onClose}>
      <div className="control-form">
        <p className="muted">Selected by {selectionText(selected)}.</p>
        {progress !== undefined ? (
          <Deleting
            progress={progress}
            onStop={() => stop.current.abort()}
            onRetry={() =>
              void run(
                progress.failures.map((it) => it.run),
                progress.deleted,
              )
            }
            onClose={onClose}
          />
        ) : error !== undefined ? (
          <>
            <p className="problems" role="alert">
              The runs could not be counted. {error.message}
            </p>
            <p className="modal-actions">
              <button type="button" onClick={retry}>
                Retry
              </button>
            </p>
          </>
        ) : (
          <Confirmation found={found} onDelete={(runs) => void run(runs)} onClose={onClose} />
        )}
      </div>
    </Modal>
  );
}

interface ConfirmationProps {
  readonly found: DeletableRuns | undefined;
  readonly onDelete: (runs: readonly RunSummary[]) => void;
  readonly onClose: () => void;
}

function Confirmation({ found, onDelete, onClose }: ConfirmationProps) {
  const count = found?.runs.length ?? 0;
  return (
    <>
      <div role="status">
        {found === undefined ? (
          <p>Counting the runs</p>
        ) : count === 0 ? (
          <p>No run of this selection has ended.</p>
        ) : (
          <p>
            Deletes <strong>{counted(count, 'run')}</strong> with {count === 1 ? 'its' : 'their'} texts, files
            and commands. This cannot be undone.
          </p>
        )}
        {found !== undefined && found.liveCount > 0 && (
          <p className="muted">
            {counted(found.liveCount, 'run')} {found.liveCount === 1 ? 'has' : 'have'} not ended and{' '}
            {found.liveCount === 1 ? 'is' : 'are'} kept.
          </p>
        )}
        {found?.isCut === true && <p className="muted">There are more: delete again for the rest.</p>}
      </div>
      <p className="modal-actions">
        <button type="button" className="quiet" onClick={onClose}>
          Keep runs
        </button>
        <button
          type="button"
          className="danger"
          disabled={count === 0}
          onClick={() => onDelete(found?.runs ?? [])}
        >
          {count === 0 ? 'Delete' : `Delete ${counted(count, 'run')}`}
        </button>
      </p>
    </>
  );
}

interface DeletingProps {
  readonly progress: Progress;
  readonly onStop: () => void;
  readonly onRetry: () => void;
  readonly onClose: () => void;
}

function Deleting({ progress, onStop, onRetry, onClose }: DeletingProps) {
  const { total, deleted, failures, isRunning } = progress;
  return (
    <>
      <progress max={total} value={deleted + failures.length} aria-label="Deleted runs" />
      <p role="status">
        {grouped(deleted)} of {counted(total, 'run')} deleted
        {failures.length > 0 && `, ${grouped(failures.length)} failed`}
        {isRunning ? '' : '.'}
      </p>
      {failures.length > 0 && (
        <ul className="delete-failures" aria-label="Runs that were not deleted">
          {failures.slice(0, maxListed).map(({ run, reason }) => (
            <li key={run.runId}>
              <Link href={runPath(run.runId)}>{run.task.trim().split('\n', 1)[0] || run.runId}</Link>
              <span className="muted">{reason}</span>
            </li>
          ))}
          {failures.length > maxListed && <li>and {grouped(failures.length - maxListed)} more</li>}
        </ul>
      )}
      <p className="modal-actions">
        {isRunning ? (
          <button type="button" onClick={onStop}>
            Stop
          </button>
        ) : (
          <>
            {failures.length > 0 && (
              <button type="button" className="quiet" onClick={onRetry}>
                Retry failed
              </button>
            )}
            <button type="button" autoFocus onClick={onClose}>
              Close
            </button>
          </>
        )}
      </p>
    </>
  );
}
