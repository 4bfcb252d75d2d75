import type { StagewireError } from '@stagewire/shared';
import { StagewireClientError } from './client-error.ts';
import { reasonOf } from './failure-reason.ts';
import type { Probe } from './probe.ts';

/** Why a WebSocket does not open, according to a probe over HTTP. */
export function unreachedError(probe: Probe): StagewireError | StagewireClientError {
  switch (probe.status) {
    case 'answered':
      return new StagewireClientError(
        'NO_WEBSOCKET',
        'The server answers over HTTP, but no WebSocket can be opened. A proxy in between must forward the upgrade ' +
          '(nginx: proxy_http_version 1.1 and the headers Upgrade and Connection; Vite: ws: true).',
      );
    case 'refused':
    case 'foreign':
      return probe.error;
    case 'silent': {
      const reason = reasonOf(probe.cause);
      const message = `The server does not respond${reason === undefined ? '' : ` (${reason})`}.`;
      return new StagewireClientError('UNREACHABLE', message, { cause: probe.cause, details: { reason } });
    }
    default:
      return probe satisfies never;
  }
}

/** The peer on the WebSocket sends messages of another protocol. */
export function malformedPeerError({ message }: Error): StagewireClientError {
  return new StagewireClientError(
    'NOT_STAGEWIRE',
    `The answer on the WebSocket is not from a Stagewire server: it sends ${message}. Check the url given to connect().`,
  );
}

/** A ping is unanswered, though the connection is open. */
export function silentError(): StagewireClientError {
  return new StagewireClientError('SILENT', 'The server does not respond at the moment.');
}
