import { costText, counted, grouped } from '@stagewire/client';
import { Search } from 'lucide-react';
import { memo, useDeferredValue, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react';
import type { RunSummary } from '@stagewire/client';
import { useRuns } from '@stagewire/client/react';
import { StatusIcon } from '../run/stage-icon.tsx';
import { ago, shortCost } from './units.ts';
import { Link } from './link.tsx';
import { runPath } from './route.ts';
import { useTimeText } from './use-now.ts';
import { capitalized, labelFor } from './labels.ts';

interface Filter {
  readonly label: string;
  readonly title: string;
  readonly matches: (run: RunSummary) => boolean;
}

const allRuns: Filter = { label: 'All', title: 'All runs', matches: () => true };
const filters: readonly Filter[] = [
  allRuns,
  {
    label: 'Live',
    title: 'Queued and running runs',
    matches: ({ status }) => status === 'running' || status === 'queued',
  },
  { label: 'Done', title: 'Completed runs', matches: ({ status }) => status === 'completed' },
  {
    label: 'Stopped',
    title: 'Failed and cancelled runs',
    matches: ({ status }) => status === 'failed' || status === 'cancelled',
  },
];

const pageSize = 50;

/** The live run list, newest first, with search and filter. */
export const RunList = memo(function RunList({ shown }: { readonly shown: string | undefined }) {
  const { runs, status, error, hasOlder, loadOlder } = useRuns({ limit: pageSize });
  const [filter, setFilter] = useState(allRuns);
  const [query, setQuery] = useState('');
  const list = useRef<HTMLUListElement>(null);
  const search = useDeferredValue(query.trim().toLowerCase());
  const found = useMemo(
    () => runs.filter((it) => filter.matches(it) && matches(it, search)),
    [runs, filter, search],
  );
  const isNarrowed = filter !== allRuns || search !== '';

  return (
    <div className="run-list">
      <div className="run-search">
        <Search size={14} aria-hidden="true" />
        <input
          id="run-search"
          type="search"
          placeholder="Search task, label or ID"
          aria-label="Search runs"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      </div>
      <div className="segments" role="group" aria-label="Filter runs">
        {filters.map((it) => (
          <button
            key={it.label}
            type="button"
            title={it.title}
            aria-pressed={filter === it}
            onClick={() => setFilter(it)}
          >
            {it.label}
          </button>
        ))}
      </div>
      {error === undefined ? null : (
        <p className="empty is-bad" role="alert">
          Live updates of the run list failed. {error.message} Reload the page to try again.
        </p>
      )}
      <div className="run-list-scroll">
        {status === 'loading' ? <Loading /> : null}
        {status === 'live' && runs.length === 0 ? (
          <p className="empty">No runs yet. New runs appear here.</p>
        ) : null}
        <ul ref={list} aria-label="Runs" tabIndex={-1}>
          {found.map((it) => (
            <RunItem key={it.runId} run={it} isShown={it.runId === shown} />
          ))}
        </ul>
        <p className="run-list-found muted" role="status">
          {isNarrowed && runs.length > 0 ? matchText(found.length, runs.length, hasOlder) : ''}
        </p>
        {hasOlder ? <OlderRuns list={list} isNarrowed={isNarrowed} loadOlder={loadOlder} /> : null}
      </div>
    </div>
  );
});

/** The number of matches, and of the runs that were searched: only the loaded ones. */
function matchText(matched: number, searched: number, hasOlder: boolean): string {
  const runs = `${hasOlder ? 'the newest ' : ''}${counted(searched, 'run')}`;
  return matched === 0 ? `No matches in ${runs}` : `${grouped(matched)} of ${runs}`;
}

interface OlderRunsProps {
  readonly list: RefObject<HTMLUListElement | null>;
  readonly isNarrowed: boolean;
  readonly loadOlder: () => Promise<void>;
}

function OlderRuns({ list, isNarrowed, loadOlder }: OlderRunsProps) {
  const button = useRef<HTMLButtonElement>(null);
  // When no older runs are left, the button disappears. Move the focus to the list, not to the top of the page.
  useLayoutEffect(() => {
    const element = button.current;
    const runs = list.current;
    return () => {
      if (element !== null && element === document.activeElement) runs?.focus({ preventScroll: true });
    };
  }, [list]);
  const [loading, setLoading] = useState(false);
  const [problem, setProblem] = useState<string>();
  const load = async () => {
    setLoading(true);
    setProblem(undefined);
    try {
      await loadOlder();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setLoading(false);
  };
  const label = isNarrowed ? 'Search older runs' : 'Show older runs';
  return (
    <div className="run-list-older">
      {problem === undefined ? null : (
        <p className="problems" role="alert">
          Older runs could not be loaded. {problem}
        </p>
      )}
      <button
        ref={button}
        type="button"
        className="small"
        aria-disabled={loading}
        onClick={() => {
          if (!loading) void load();
        }}
      >
        {loading ? 'Loading older runs' : label}
      </button>
    </div>
  );
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

const RunItem = memo(function RunItem({
  run,
  isShown,
}: {
  readonly run: RunSummary;
  readonly isShown: boolean;
}) {
  return (
    <li>
      <Link className="run-item" href={runPath(run.runId)} aria-current={isShown ? 'page' : undefined}>
        <StatusIcon status={run.status} verdict={run.verdict} />
        <span className="run-item-body">
          <span className="run-item-task" title={run.task}>
            {run.task.trim().split('\n', 1)[0]}
          </span>
          <span className="run-item-facts">
            <span>{statusText(run)}</span>
            <Age at={run.queuedAt} />
            {run.cost === undefined ? null : <span title={costText(run.cost)}>{shortCost(run.cost)}</span>}
          </span>
          {Object.keys(run.labels).length === 0 ? null : (
            <span className="run-item-labels">
              {Object.entries(run.labels).map(([name, value]) => (
                <span key={name} className="label" title={`${name}: ${value}`}>
                  {name}: {value}
                </span>
              ))}
            </span>
          )}
        </span>
      </Link>
    </li>
  );
});

function Age({ at }: { readonly at: string }) {
  const text = useTimeText((now) => ago(at, now));
  return <span>{text}</span>;
}

/** The current role of a running run, the verdict or the status of another. */
function statusText({ status, current, verdict }: RunSummary): string {
  if (status === 'running' && current !== null) {
    const role = capitalized(current.role);
    return current.attempt === 1 ? role : `${role}, attempt ${current.attempt}`;
  }
  return capitalized(
    status === 'completed' && verdict !== undefined && verdict !== 'none' ? labelFor(verdict) : status,
  );
}

function matches({ task, runId, labels }: RunSummary, search: string): boolean {
  if (search === '') return true;
  const text = [task, runId, ...Object.entries(labels).flat()].join('\n').toLowerCase();
  return search.split(/\s+/).every((word) => text.includes(word));
}
