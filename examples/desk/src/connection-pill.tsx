import { useConnection } from '@stagewire/client/react';

const labels = {
  idle: 'Not connected',
  connecting: 'Connecting…',
  open: 'Live',
  lost: 'Reconnecting…',
  refused: 'Rejected',
  closed: 'Closed',
} as const;

/** Whether what the page shows is up to date; if not, since when and why. */
export function ConnectionPill() {
  const { status, since, error } = useConnection();
  return (
    <p className="connection" role="status" data-status={error === undefined ? status : 'lost'}>
      <span className="dot" aria-hidden="true" />
      <span>
        {labels[status]}
        {status === 'lost' && <> Shown as of {new Date(since).toLocaleTimeString()}.</>}
        {error !== undefined && <> {error.message}</>}
      </span>
    </p>
  );
}
