import { codeOf } from '@stagewire/client';
import { Link } from '../shell/link.tsx';

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
  const { title, text } = problemText(error);
  return (
    <div className="page-note" role="alert">
      <h1>{title}</h1>
      <p>{text}</p>
      <p className="mono muted">{runId}</p>
      <p>
        <Link href="/">Start a new run</Link>
      </p>
    </div>
  );
}

function problemText(error: Error): { title: string; text: string } {
  switch (codeOf(error)) {
    case 'RUN_NOT_FOUND':
      return {
        title: 'Run not found',
        text: 'This server has no run with this ID. It may be in another data directory.',
      };
    case 'RUN_EXPIRED':
      return {
        title: 'Run expired',
        text: 'The server keeps ended runs for a limited time.',
      };
    default:
      return { title: 'Live updates failed', text: `${error.message} Reload the page to try again.` };
  }
}
