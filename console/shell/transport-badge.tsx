import type { ConnectionState } from '@stagewire/client';

const sentence =
  'WebSockets do not get through to the server, probably because of a proxy. Live updates arrive over HTTP instead, and a ' +
  'WebSocket is tried every minute.';

/** Shows that live updates arrive over HTTP, since WebSockets do not get through. */
export function TransportBadge({ status, transport }: ConnectionState) {
  if (transport !== 'sse' || status !== 'open') return null;
  return (
    <span className="badge is-transport" title={sentence}>
      <span className="transport-word">Following over </span>HTTP
      <span className="hidden">. {sentence}</span>
    </span>
  );
}
