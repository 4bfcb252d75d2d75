import { createContext, useContext, useEffect, useState } from 'react';
import type { ServerInfo } from '@stagewire/client';
import { useConnection, useStagewire } from '@stagewire/client/react';
import type { ServerClock } from './server-clock.ts';

export const ServerInfoContext = createContext<ServerInfo | undefined>(undefined);

/** The server's `server.info`; `undefined` until it has responded. */
export function useServerInfo(): ServerInfo | undefined {
  return useContext(ServerInfoContext);
}

const retryMs = 3000;

/** Fetches `server.info`, and again after each reconnect: the server may have restarted with another clock. */
export function useFetchedServerInfo(clock: ServerClock): ServerInfo | undefined {
  const stagewire = useStagewire();
  const { status } = useConnection();
  const [info, setInfo] = useState<ServerInfo>();
  const isConnected = status !== 'lost';
  useEffect(() => {
    if (!isConnected) return undefined;
    const abort = new AbortController();
    const load = async (): Promise<void> => {
      try {
        const sentAtMs = performance.now();
        const response = await stagewire.info({ signal: abort.signal });
        clock.addSample({
          sentAtMs,
          receivedAtMs: performance.now(),
          serverMs: Date.parse(response.now),
        });
        setInfo(response);
      } catch {
        // The banner reports the failure; retry until there is a response.
        if (!abort.signal.aborted) setTimeout(() => void load(), retryMs);
      }
    };
    void load();
    return () => abort.abort();
  }, [stagewire, isConnected, clock]);
  return info;
}
