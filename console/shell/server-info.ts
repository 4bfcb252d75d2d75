import { createContext, useContext, useEffect, useState } from 'react';
import type { ServerInfo } from '@stagewire/client';
import { useConnection, useIdentity, useStagewire } from '@stagewire/client/react';
import { useSessionGate } from '../session/session-gate.ts';
import type { ServerClock } from './server-clock.ts';

export const ServerInfoContext = createContext<ServerInfo | undefined>(undefined);

/** The server's `server.info`; `undefined` until it has responded. */
export function useServerInfo(): ServerInfo | undefined {
  return useContext(ServerInfoContext);
}

const retryMs = 3000;

export interface FetchedServerInfo {
  /** The last answer; `undefined` until there is one. */
  readonly latest: ServerInfo | undefined;
  /** The last complete answer: for a caller with an identity. */
  readonly info: ServerInfo | undefined;
}

/**
 * Fetches `server.info`, and again after each reconnect: the server may have restarted with another clock. Without an
 * identity the server answers only how to get one, so it is asked again after the sign-in.
 */
export function useFetchedServerInfo(clock: ServerClock): FetchedServerInfo {
  const stagewire = useStagewire();
  const gate = useSessionGate();
  const { status } = useConnection();
  const isSignedOut = useIdentity() === null;
  const [latest, setLatest] = useState<ServerInfo>();
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
        gate.noteInfo(response);
        setLatest(response);
        if (response.you !== null || response.auth.length === 0) setInfo(response);
      } catch {
        // The banner reports the failure; retry until there is a response.
        if (!abort.signal.aborted) setTimeout(() => void load(), retryMs);
      }
    };
    void load();
    return () => abort.abort();
  }, [stagewire, gate, isConnected, isSignedOut, clock]);
  return { latest, info };
}
