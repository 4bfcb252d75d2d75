import { Unplug } from 'lucide-react';
import { useState } from 'react';
import type { ConnectionState } from '../../connection.ts';
import { duration, instant } from './amounts.ts';
import { useNow } from './use-now.ts';

export interface ConnectionBannerProps {
  readonly connection: ConnectionState;
  /** Has the server answered this page at all? */
  readonly answered: boolean;
}

/** Says that what is shown is old, and since when. It goes by itself when the connection is back. */
export function ConnectionBanner({ connection, answered }: ConnectionBannerProps) {
  return (
    <div role="status" className="connection-banner-place">
      {connection.status === 'lost' ? <Lost since={connection.since} /> : null}
      {answered || connection.status === 'lost' ? null : <Unanswered />}
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

/** A page asks as soon as it is there; an answer that takes longer than this is worth a word, in milliseconds. */
const patienceMs = 3000;

function Unanswered() {
  const now = useNow(true);
  const [since] = useState(now);
  if (now - since < patienceMs) return null;
  return (
    <p className="connection-banner">
      <Unplug size={15} aria-hidden="true" />
      <span>The server has not answered since {instant(since, now)}. It is asked again and again.</span>
    </p>
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
