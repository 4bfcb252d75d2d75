import { grouped, mayCall } from '@stagewire/client';
import { Search, X } from 'lucide-react';
import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RunSummary } from '@stagewire/client';
import { useRuns } from '@stagewire/client/react';
import { lazyDeleteDialog, lazyDeleteManyDialog } from '../delete/lazy-dialogs.ts';
import { lazyOwnerFilter } from '../session/lazy-session.ts';
import { useCaller, useOffers } from '../session/use-offers.ts';
import { everyRun, isNarrowed, sentSearch, type ListSelection } from './list-selection.ts';
import { navigate } from '../shell/route.ts';
import { OlderRuns } from './older-runs.tsx';
import { liveRuns, runFilters } from './run-filters.ts';
import { RunItem } from './run-item.tsx';
import { useDebounced } from './use-debounced.ts';

const DeleteDialog = lazyDeleteDialog.Part;
const DeleteManyDialog = lazyDeleteManyDialog.Part;
const OwnerFilter = lazyOwnerFilter.Part;

const pageSize = 50;

/** A request per keystroke would be too many; a longer delay would be noticed. */
const searchDelayMs = 200;

export interface RunListProps {
  readonly shown: string | undefined;
  readonly selection: ListSelection;
  readonly onSelect: (change: Partial<ListSelection>) => void;
}

/** The live run list, newest first, with search and filter. */
export const RunList = memo(function RunList({ shown, selection, onSelect }: RunListProps) {
  const { filter, labels, owner } = selection;
  const caller = useCaller();
  const isAdmin = caller !== undefined && mayCall(caller, 'keys.list');
  const choosesOwner = isAdmin || (caller !== undefined && caller.owners.length > 1);
  const search = useDebounced(sentSearch(selection.search) ?? '', searchDelayMs);
  const { runs, status, error, hasOlder, loadOlder } = useRuns({
    limit: pageSize,
    status: filter.status,
    labels,
    owner,
    search,
  });
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [toDelete, setToDelete] = useState<RunSummary>();
  const [deletesMany, setDeletesMany] = useState(false);
  const offersDelete = useOffers('runs.delete');
  const offersStart = useOffers('runs.start');
  // The previous runs stay until the new ones are there, so that the list does not flicker with each letter.
  const [kept, setKept] = useState<readonly RunSummary[]>([]);
  const isLoading = status === 'loading';
  useEffect(() => {
    if (!isLoading) setKept(runs);
  }, [isLoading, runs]);
  const items = isLoading ? kept : runs;
  const key = JSON.stringify([search, filter.label, labels, owner]);
  useLayoutEffect(() => {
    scroller.current?.scrollTo(0, 0);
  }, [key]);
  const narrowed = isNarrowed(selection);
  const isPending = isLoading || search !== (sentSearch(selection.search) ?? '');

  return (
    <div className="run-list">
      <div className="run-search">
        <Search size={14} aria-hidden="true" />
        <input
          id="run-search"
          type="search"
          placeholder="Search tasks and labels"
          aria-label="Search runs"
          title="Words of the task or of a label, or the beginning of a run ID"
          value={selection.search}
          onChange={(event) => onSelect({ search: event.target.value })}
        />
      </div>
      <div className="segments" role="group" aria-label="Filter runs">
        {runFilters.map((it) => (
          <button
            key={it.label}
            type="button"
            title={it.title}
            aria-pressed={filter === it}
            onClick={() => onSelect({ filter: it })}
          >
            {it.label}
          </button>
        ))}
      </div>
      {choosesOwner ? (
        <OwnerFilter identity={caller} owner={owner} onChange={(next) => onSelect({ owner: next })} />
      ) : null}
      {Object.entries(labels ?? {}).map(([name, value]) => (
        <p key={name} className="run-list-label">
          <span className="label" title={`${name}: ${value}`}>
            {name}: {value}
          </span>
          <button
            type="button"
            className="icon-button"
            aria-label={`Remove the label filter ${name}: ${value}`}
            onClick={() => onSelect({ labels: undefined })}
          >
            <X size={14} aria-hidden="true" />
          </button>
        </p>
      ))}
      {error === undefined ? null : (
        <p className="empty is-bad" role="alert">
          Live updates of the run list failed. {error.message} Reload the page to try again.
        </p>
      )}
      <div className="run-list-found">
        <p className="muted" role="status">
          {!narrowed ? '' : isPending ? 'Searching' : matchText(items.length, hasOlder)}
        </p>
        {narrowed && !isPending && items.length === 0 ? (
          <button type="button" className="link" onClick={() => onSelect({ ...everyRun, owner: undefined })}>
            Show all runs
          </button>
        ) : null}
        {narrowed && !isPending && items.length > 0 && offersDelete && filter !== liveRuns ? (
          <button type="button" className="link" onClick={() => setDeletesMany(true)}>
            Delete all…
          </button>
        ) : null}
      </div>
      <div ref={scroller} className="run-list-scroll" aria-busy={isPending}>
        {isLoading && items.length === 0 && !narrowed ? <Loading /> : null}
        {status === 'live' && runs.length === 0 && !narrowed && !hasOlder ? (
          <p className="empty">
            {isAdmin
              ? 'You have no runs. To see the runs of another owner, enter the owner above.'
              : 'No runs yet. New runs appear here.'}
            {offersStart ? (
              <button type="button" className="link" onClick={showExamples}>
                Choose an example
              </button>
            ) : null}
          </p>
        ) : null}
        <ul ref={list} aria-label="Runs" tabIndex={-1}>
          {items.map((it) => (
            <RunItem key={it.runId} run={it} isShown={it.runId === shown} onDelete={setToDelete} />
          ))}
        </ul>
        {hasOlder && !isPending ? (
          <OlderRuns
            list={list}
            label={narrowed ? 'Show older matches' : 'Show older runs'}
            loadOlder={loadOlder}
          />
        ) : null}
      </div>
      {toDelete === undefined ? null : (
        <DeleteDialog
          runId={toDelete.runId}
          task={toDelete.task}
          onClose={() => setToDelete(undefined)}
          onDeleted={() => list.current?.focus({ preventScroll: true })}
        />
      )}
      {deletesMany ? <DeleteManyDialog selection={selection} onClose={() => setDeletesMany(false)} /> : null}
    </div>
  );
});

function matchText(count: number, hasOlder: boolean): string {
  if (count === 0) return hasOlder ? 'No matches so far' : 'No matches';
  return `${grouped(count)}${hasOlder ? '+' : ''} ${count === 1 && !hasOlder ? 'match' : 'matches'}`;
}

/** Moves the focus to the examples of the start form. */
function showExamples(): void {
  navigate('/');
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.examples button')?.focus());
}

function Loading() {
  return (
    <ul className="skeletons" aria-label="Loading runs">
      {[1, 2, 3].map((it) => (
        <li key={it} className="skeleton" />
      ))}
    </ul>
  );
}
