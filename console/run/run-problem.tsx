import { codeOf } from '@stagewire/client';
import { useState } from 'react';
import { useIsDeleted } from '@stagewire/client/react';
import { lazyDeleteDialog } from '../delete/lazy-dialogs.ts';
import { useOffers } from '../session/use-offers.ts';
import { useServerInfo } from '../shell/server-info.ts';
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
  const offersStart = useOffers('runs.start');
  const offersDelete = useOffers('runs.delete', runId);
  const hasOwners = (useServerInfo()?.auth ?? []).length > 0;
  const { title, text } = problemText(error, { isDeleted, hasOwners });
  return (
    <div className="page-note" role="alert">
      <h1>{title}</h1>
      <p>{text}</p>
      <p className="mono muted">{runId}</p>
      <p className="page-actions">
        {offersStart && (
          <Link className="button" href="/">
            Start a new run
          </Link>
        )}
        {codeOf(error) === 'RUN_UNREADABLE' && offersDelete && (
          <button type="button" className="danger" onClick={() => setDeletes(true)}>
            Delete run
          </button>
        )}
      </p>
      {deletes ? <DeleteDialog runId={runId} task="" onClose={() => setDeletes(false)} /> : null}
    </div>
  );
}

function problemText(
  error: Error,
  { isDeleted, hasOwners }: { readonly isDeleted: boolean; readonly hasOwners: boolean },
): { title: string; text: string } {
  switch (codeOf(error)) {
    case 'RUN_NOT_FOUND':
      return {
        title: 'Run not found',
        text: hasOwners
          ? 'This server has no run with this ID, or you cannot see the runs of its owner.'
          : 'This server has no run with this ID. It may be in another data directory.',
      };
    case 'FORBIDDEN':
      return { title: 'You may not read this run', text: error.message };
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
