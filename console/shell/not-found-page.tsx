import { Link } from './link.tsx';

/** An address at which the console has nothing. */
export function NowherePage({ path }: { readonly path: string }) {
  return (
    <div className="page-note">
      <h1>There is nothing at this address</h1>
      <p>
        The console has no page <span className="mono">{path}</span>. A run is at{' '}
        <span className="mono">/runs/run_…</span>; those of this server stand in the list of runs.
      </p>
      <p>
        <Link href="/">Start a new run</Link>
      </p>
    </div>
  );
}
