import { StagewireClientError } from './client-error.ts';

/** Neither WebSockets nor event streams get through. */
export function noEventsError({
  isWebSocketTried,
}: {
  readonly isWebSocketTried: boolean;
}): StagewireClientError {
  const webSocket = isWebSocketTried
    ? 'no WebSocket can be opened, and an event stream over HTTP does not arrive either'
    : 'an event stream over HTTP does not arrive';
  const upgrade = isWebSocketTried
    ? 'forward the upgrade (nginx: the headers Upgrade and Connection), or '
    : '';
  return new StagewireClientError(
    'NO_EVENTS',
    `The server answers over HTTP, but no live updates get through: ${webSocket}. A proxy in between must ${upgrade}` +
      'not hold back responses (nginx: proxy_buffering off).',
  );
}
