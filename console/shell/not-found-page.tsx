import { Link } from './link.tsx';

/** Shown for a URL that the console does not have. */
export function NotFoundPage({ path }: { readonly path: string }) {
  return (
    <div className="page-note">
      <h1>Page not found</h1>
      <p>
        The console has no page <span className="mono">{path}</span>. Runs are at{' '}
        <span className="mono">/runs/run_…</span> and in the run list.
      </p>
      <p>
        <Link href="/">Start a new run</Link>
      </p>
    </div>
  );
}
