import { grouped } from '@stagewire/client';
import { Search } from 'lucide-react';
import { memo, useDeferredValue, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react';
import type { RunSummary } from '@stagewire/client';
import { useRuns } from '@stagewire/client/react';
import { StatusIcon } from '../run/stage-icon.tsx';
import { ago } from './units.ts';
import { Link } from './link.tsx';
import { runPath } from './route.ts';
import { useTimeText } from './use-now.ts';
import { labelFor } from './labels.ts';

const filters = {
  all: () => true,
  live: ({ status }: RunSummary) => status === 'running' || status === 'queued',
  done: ({ status }: RunSummary) => status === 'completed',
  stopped: ({ status }: RunSummary) => status === 'failed' || status === 'cancelled',
} as const;

type Filter = keyof typeof filters;

const pageSize = 50;

/** The runs, newest first, as they change. */
export const RunList = memo(function RunList({ shown }: { readonly shown: string | undefined }) {
  const { runs, status, error, hasOlder, loadOlder } = useRuns({ limit: pageSize });
  const [filter, setFilter] = useState<Filter>('all');
  const [words, setWords] = useState('');
  const list = useRef<HTMLUListElement>(null);
  const sought = useDeferredValue(words.trim().toLowerCase());
  const found = useMemo(
    () => runs.filter((it) => filters[filter](it) && matches(it, sought)),
    [runs, filter, sought],
  );
  const isNarrowed = filter !== 'all' || sought !== '';

  return (
    <div className="run-list">
      <div className="run-search">
        <Search size={14} aria-hidden="true" />
        <input
          id="run-search"
          type="search"
          placeholder="Search task, label or id"
          aria-label="Search the runs"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      </div>
      <div className="segments" role="group" aria-label="Which runs">
        {(Object.keys(filters) as Filter[]).map((name) => (
          <button key={name} type="button" aria-pressed={filter === name} onClick={() => setFilter(name)}>
            {name}
          </button>
        ))}
      </div>
      {error === undefined ? null : (
        <p className="empty is-bad" role="alert">
          The list is not kept up: {error.message} Reload the page to try again.
        </p>
      )}
      <div className="run-list-scroll">
        {status === 'loading' ? <Loading /> : null}
        {status === 'live' && runs.length === 0 ? (
          <p className="empty">No runs yet. Start one, and it appears here.</p>
        ) : null}
        <ul ref={list} aria-label="Runs" tabIndex={-1}>
          {found.map((it) => (
            <RunItem key={it.runId} run={it} isShown={it.runId === shown} />
          ))}
        </ul>
        <p className="run-list-found muted" role="status">
          {isNarrowed && runs.length > 0 ? foundWords(found.length, runs.length, hasOlder) : ''}
        </p>
        {hasOlder ? <OlderRuns list={list} isNarrowed={isNarrowed} loadOlder={loadOlder} /> : null}
      </div>
    </div>
  );
});

/** What a search or a filter has found, and where it has looked: only the runs that are loaded are here to be searched. */
function foundWords(found: number, searched: number, hasOlder: boolean): string {
  const among = hasOlder ? `the newest ${grouped(searched)}` : `all ${grouped(searched)}`;
  return `${found === 0 ? 'None' : grouped(found)} of ${among} runs ${found === 1 || found === 0 ? 'fits' : 'fit'}`;
}

interface OlderRunsProps {
  readonly list: RefObject<HTMLUListElement | null>;
  readonly isNarrowed: boolean;
  readonly loadOlder: () => Promise<void>;
}

function OlderRuns({ list, isNarrowed, loadOlder }: OlderRunsProps) {
  const button = useRef<HTMLButtonElement>(null);
  // When there are no older runs the button goes: who was at it goes on in the list, and not at the top of the page.
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
  const says = isNarrowed ? 'Look at older runs too' : 'Show older runs';
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
        {loading ? 'Loading older runs' : says}
      </button>
    </div>
  );
}

function Loading() {
  return (
    <ul className="skeletons" aria-label="Loading the runs">
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
            <span>{standing(run)}</span>
            <Age at={run.queuedAt} />
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

/** Where a run stands: its role while it lives, its outcome after. */
function standing({ status, current, verdict }: RunSummary): string {
  if (status === 'running' && current !== null) {
    return current.attempt === 1 ? current.role : `${current.role}, attempt ${current.attempt}`;
  }
  return status === 'completed' && verdict !== undefined && verdict !== 'none' ? labelFor(verdict) : status;
}

function matches({ task, runId, labels }: RunSummary, sought: string): boolean {
  if (sought === '') return true;
  const text = [task, runId, ...Object.entries(labels).flat()].join('\n').toLowerCase();
  return sought.split(/\s+/).every((word) => text.includes(word));
}
