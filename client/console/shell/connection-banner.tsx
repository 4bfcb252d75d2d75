import { Unplug } from 'lucide-react';
import type { ConnectionState } from '../../connection.ts';
import { duration, instant } from './amounts.ts';
import { useNow } from './use-now.ts';

/** Says that what is shown is old, and since when. It goes by itself when the connection is back. */
export function ConnectionBanner({ connection }: { readonly connection: ConnectionState }) {
  return (
    <div role="status" className="connection-banner-place">
      {connection.status === 'lost' ? <Lost since={connection.since} /> : null}
      {connection.status === 'refused' ? (
        <p className="connection-banner">
          <Unplug size={15} aria-hidden="true" />
          The server refuses this page: {connection.error?.message ?? 'no reason was given'}. Reload it; it
          may be of an older version.
        </p>
      ) : null}
    </div>
  );
}

function Lost({ since }: { readonly since: number }) {
  const now = useNow(true);
  return (
    <p className="connection-banner">
      <Unplug size={15} aria-hidden="true" />
      <span>
        No connection to the server since {instant(since, now)}{' '}
        <span aria-hidden="true">({duration(now - since)})</span>. What you see may be old. Runs go on without
        this page, and it catches up by itself.
      </span>
    </p>
  );
}
