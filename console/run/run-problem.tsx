import { codeOf } from '@stagewire/client';
import { useState } from 'react';
import { useIsDeleted } from '@stagewire/client/react';
import { lazyDeleteDialog } from '../delete/lazy-dialogs.ts';
import { Link } from '../shell/link.tsx';

const DeleteDialog = lazyDeleteDialog.Part;

/** Shown while a run is loading, and when its subscription has failed. */
export function RunProblem({ runId, error }: { readonly runId: string; readonly error: Error | undefined }) {
  if (error === undefined) {
    return (
      <div className="page-note" role="status">
        <p className="waiting-line">
          <span className="waiting-dot" aria-hidden="true" />
          Loading the run
        </p>
      </div>
    );
  }
  return <Problem runId={runId} error={error} />;
}

function Problem({ runId, error }: { readonly runId: string; readonly error: Error }) {
  const isDeleted = useIsDeleted(runId);
  const [deletes, setDeletes] = useState(false);
  const { title, text } = problemText(error, isDeleted);
  return (
    <div className="page-note" role="alert">
      <h1>{title}</h1>
      <p>{text}</p>
      <p className="mono muted">{runId}</p>
      <p className="page-actions">
        <Link className="button" href="/">
          Start a new run
        </Link>
        {codeOf(error) === 'RUN_UNREADABLE' && (
          <button type="button" className="danger" onClick={() => setDeletes(true)}>
            Delete run
          </button>
        )}
      </p>
      {deletes ? <DeleteDialog runId={runId} task="" onClose={() => setDeletes(false)} /> : null}
    </div>
  );
}

function problemText(error: Error, isDeleted: boolean): { title: string; text: string } {
  switch (codeOf(error)) {
    case 'RUN_NOT_FOUND':
      return {
        title: 'Run not found',
        text: 'This server has no run with this ID. It may be in another data directory.',
      };
    case 'RUN_EXPIRED':
      return isDeleted
        ? { title: 'This run was deleted', text: 'Its texts, files and commands no longer exist.' }
        : {
            title: 'This run was deleted or has expired',
            text: 'It was deleted, or the server removed it: ended runs are kept for a limited time.',
          };
    case 'RUN_UNREADABLE':
      return { title: 'The data of this run is damaged', text: error.message };
    default:
      return { title: 'Live updates failed', text: `${error.message} Reload the page to try again.` };
  }
}
