import { GitCompare, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { RunState } from '@stagewire/client';
import { lazyDeleteDialog } from '../delete/lazy-dialogs.ts';
import { useOffers } from '../session/use-offers.ts';
import { Link } from '../shell/link.tsx';
import { comparePath } from '../shell/route.ts';

const DeleteDialog = lazyDeleteDialog.Part;

/** What the header of an ended run offers. */
export function EndedControls({ state }: { readonly state: RunState }) {
  const { runId, task } = state;
  const [deletes, setDeletes] = useState(false);
  const offersCompare = useOffers('runs.list');
  const offersDelete = useOffers('runs.delete', runId);
  if (!offersCompare && !offersDelete) return null;
  return (
    <div className="run-controls" role="group" aria-label="Run controls">
      {offersCompare ? (
        <Link className="button small" href={comparePath(runId)} title="Compare with another run">
          <GitCompare size={14} aria-hidden="true" />
          Compare
        </Link>
      ) : null}
      {offersDelete ? (
        <button type="button" className="small danger" onClick={() => setDeletes(true)}>
          <Trash2 size={14} aria-hidden="true" />
          Delete
        </button>
      ) : null}
      {deletes ? (
        <DeleteDialog
          runId={runId}
          task={task}
          onClose={() => setDeletes(false)}
          onDeleted={() => document.getElementById('main')?.focus()}
        />
      ) : null}
    </div>
  );
}
