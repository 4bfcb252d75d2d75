import { Unplug } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { duration } from '@stagewire/client';
import type { ConnectionState } from '@stagewire/client';
import { timeOfDay } from './units.ts';
import { useLocalNow } from './use-now.ts';

export interface ConnectionBannerProps {
  readonly connection: ConnectionState;
  /** Whether the server has responded to this page. */
  readonly answered: boolean;
}

/** Shows why there are no live updates, and since when. Disappears when the connection is back. */
export function ConnectionBanner({ connection, answered }: ConnectionBannerProps) {
  const { status, since, error } = connection;
  // A ping is unanswered: what is shown may be out of date already.
  const isSilent = status === 'open' && error?.code === 'SILENT';
  const isUnreached = status === 'connecting' || status === 'open';
  return (
    <>
      {status === 'lost' || isSilent ? <Lost since={since} error={error} /> : null}
      {isUnreached && !isSilent && error !== undefined ? (
        <Banner>{error.message} Retrying automatically.</Banner>
      ) : null}
      {answered || status === 'lost' || error !== undefined ? null : <Unanswered />}
      {status === 'refused' ? (
        <Banner>
          The server rejected the connection. {error?.message} Reload the page; it may be out of date.
        </Banner>
      ) : null}
    </>
  );
}

/** The session has ended, and the user has closed the dialog that asks to sign in. */
export function SignedOutBanner({ onSignIn }: { readonly onSignIn: () => void }) {
  return (
    <Banner>
      You are signed out. This page may be out of date.{' '}
      <button type="button" className="link" onClick={onSignIn}>
        Sign in
      </button>
    </Banner>
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

/** How long the first response may take before the banner appears. */
const graceMs = 3000;

function Unanswered() {
  const now = useLocalNow();
  const [since] = useState(now);
  if (now - since < graceMs) return null;
  return <Banner>The server has not responded since {timeOfDay(since, now)}. Retrying automatically.</Banner>;
}

function Lost({ since, error }: { readonly since: number; readonly error: Error | undefined }) {
  const now = useLocalNow();
  return (
    <Banner>
      Disconnected since {timeOfDay(since, now)}
      {now - since < 1000 ? null : <span aria-hidden="true"> ({duration(now - since)})</span>}.{' '}
      {error?.message} This page may be out of date. It reconnects and updates automatically.
    </Banner>
  );
}
