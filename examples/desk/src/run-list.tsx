import { useDeferredValue, useState } from 'react';
import { useRuns } from '@stagewire/client/react';
import { StatusBadge } from './status-badge.tsx';

const instant = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'short' });

/** The newest runs, updated by the feed. */
export function RunList({ selected }: { selected: string | undefined }) {
  const [search, setSearch] = useState('');
  const { runs, status, error, hasOlder, loadOlder } = useRuns({
    search: useDeferredValue(search),
    limit: 20,
  });
  const [problem, setProblem] = useState<string>();
  return (
    <section className="run-list" aria-labelledby="runs-heading">
      <h2 id="runs-heading">Runs</h2>
      <input
        type="search"
        aria-label="Search runs"
        placeholder="Search"
        maxLength={200}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {status === 'unavailable' && <p role="alert">{error?.message}</p>}
      {status === 'loading' && <p className="quiet">Loading…</p>}
      {status === 'live' && runs.length === 0 && (
        <p className="quiet">{search === '' ? 'No runs yet.' : 'No run matches.'}</p>
      )}
      <ul>
        {runs.map(({ runId, task, status, current, queuedAt }) => (
          <li key={runId}>
            <a href={`#${runId}`} aria-current={runId === selected ? 'page' : undefined}>
              <span className="task">{task}</span>
              <span className="row">
                <StatusBadge status={status} />
                <span className="quiet">{current?.role ?? instant.format(new Date(queuedAt))}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
      {hasOlder && (
        <button onClick={() => void loadOlder().catch((reason: unknown) => setProblem(String(reason)))}>
          Older runs
        </button>
      )}
      {problem !== undefined && <p role="alert">{problem}</p>}
    </section>
  );
}
