import { Unplug } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { duration } from '@stagewire/client';
import type { ConnectionState } from '@stagewire/client';
import { instant } from './units.ts';
import { useLocalNow } from './use-now.ts';

export interface ConnectionBannerProps {
  readonly connection: ConnectionState;
  /** Has the server answered this page at all? */
  readonly answered: boolean;
}

/** Says why nothing comes, and since when what is shown is old. It goes by itself when the connection is back. */
export function ConnectionBanner({ connection, answered }: ConnectionBannerProps) {
  const { status, since, error } = connection;
  const isUnreached = status === 'connecting' || status === 'open';
  return (
    <div role="status" className="connection-banner-place">
      {status === 'lost' ? <Lost since={since} error={error} /> : null}
      {isUnreached && error !== undefined ? (
        <Banner>{error.message} It is tried again and again.</Banner>
      ) : null}
      {answered || status === 'lost' || error !== undefined ? null : <Unanswered />}
      {status === 'refused' ? (
        <Banner>
          The server refuses this page: {error?.message ?? 'no reason was given'}. Reload it; it may be of an
          older version.
        </Banner>
      ) : null}
    </div>
  );
}

function Banner({ children }: { readonly children: ReactNode }) {
  return (
    <p className="connection-banner">
      <Unplug size={15} aria-hidden="true" />
      <span>{children}</span>
    </p>
  );
}

/** A page asks as soon as it is there; an answer that takes longer than this is worth a word, in milliseconds. */
const patienceMs = 3000;

function Unanswered() {
  const now = useLocalNow();
  const [since] = useState(now);
  if (now - since < patienceMs) return null;
  return (
    <Banner>The server has not answered since {instant(since, now)}. It is asked again and again.</Banner>
  );
}

function Lost({ since, error }: { readonly since: number; readonly error: Error | undefined }) {
  const now = useLocalNow();
  return (
    <Banner>
      No connection to the server since {instant(since, now)}{' '}
      <span aria-hidden="true">({duration(now - since)})</span>. {error?.message} What you see may be old: it
      is what the server said last. Once it answers again, the page catches up by itself.
    </Banner>
  );
}
