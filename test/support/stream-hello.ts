import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';

/** What an event stream says of itself, as a socket does in its first message; `undefined` for other requests. */
export function streamHello({ url, headers }: IncomingMessage): Record<string, string> | undefined {
  if (headers.accept !== 'text/event-stream') return undefined;
  const params = new URL(url ?? '', 'http://localhost').searchParams.get('connectionParams');
  const token = headers.authorization?.replace('Bearer ', '');
  return { ...(JSON.parse(params ?? '{}') as object), ...(token !== undefined && { token }) };
}

/** Ends a connection without a word. */
export function cut(connection: WebSocket | ServerResponse): void {
  if ('terminate' in connection) connection.terminate();
  else connection.destroy();
}

/** Pings at intervals that a test can wait for. */
export const sse = {
  ping: { enabled: true, intervalMs: 50 },
  client: { reconnectAfterInactivityMs: 250 },
} as const;
