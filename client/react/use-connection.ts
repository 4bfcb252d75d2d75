import { useCallback, useSyncExternalStore } from 'react';
import type { ConnectionState } from '../transport/connection.ts';
import { useStores } from './stores-context.ts';

const onServer: ConnectionState = { status: 'idle', since: 0 };

/** How the socket for events stands, and since when; see `ConnectionState`. @throws Error without a provider. */
export function useConnection(): ConnectionState {
  const { client } = useStores('useConnection');
  const subscribe = useCallback((listener: () => void) => client.onConnection(listener), [client]);
  return useSyncExternalStore(
    subscribe,
    () => client.connection,
    () => onServer,
  );
}
