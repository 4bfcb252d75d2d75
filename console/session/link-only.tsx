import type { Identity } from '@stagewire/client';
import { Link } from '../shell/link.tsx';
import { runPath } from '../shell/route.ts';

/** Shown at an address that a link does not permit. */
export function LinkOnly({ link }: { readonly link: NonNullable<Identity['link']> }) {
  return (
    <div className="page-note">
      <h1>Your link is to one run</h1>
      <p>
        It does not permit anything else on this server. If you opened two links in this browser, only the
        last one is in use: open the other one again to return to its run.
      </p>
      <p className="page-actions">
        <Link className="button" href={runPath(link.runId)}>
          Open the run
        </Link>
      </p>
    </div>
  );
}
