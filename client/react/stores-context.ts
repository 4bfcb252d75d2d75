import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';
import type { Stagewire } from '../stagewire.ts';
import type { ConnectionState } from '../transport/connection-state.ts';
import type { Stores } from './stores.ts';

export const StoresContext = createContext<Stores | undefined>(undefined);

/** @throws Error without a provider above; the message names the hook. */
export function useStores(hook: string): Stores {
  const stores = useContext(StoresContext);
  if (stores === undefined) throw new Error(`${hook} requires a <StagewireProvider> above it.`);
  return stores;
}

/** The provider's client, to start runs and for everything without a hook. @throws Error without a provider. */
export function useStagewire(): Stagewire {
  return useStores('useStagewire').client;
}

const onServer: ConnectionState = { status: 'idle', since: 0, transport: 'ws' };

/** The state of the socket for events; see `ConnectionState`. @throws Error without a provider. */
export function useConnection(): ConnectionState {
  const { client } = useStores('useConnection');
  const subscribe = useCallback((listener: () => void) => client.onConnection(listener), [client]);
  return useSyncExternalStore(
    subscribe,
    () => client.connection,
    () => onServer,
  );
}
