import { createContext, useContext, useEffect, useState } from 'react';
import type { ServerInfo } from '@stagewire/client';
import { useConnection, useStagewire } from '@stagewire/client/react';
import type { ServerClock } from './server-clock.ts';

export const ServerInfoContext = createContext<ServerInfo | undefined>(undefined);

/** What the server says about itself; `undefined` until it has. */
export function useServerInfo(): ServerInfo | undefined {
  return useContext(ServerInfoContext);
}

const askAgainMs = 3000;

/** Asks the server about itself, again whenever a connection is there anew: it may be a restarted one, on another clock. */
export function useAskedServerInfo(clock: ServerClock): ServerInfo | undefined {
  const stagewire = useStagewire();
  const { status } = useConnection();
  const [info, setInfo] = useState<ServerInfo>();
  const isThere = status !== 'lost';
  useEffect(() => {
    if (!isThere) return undefined;
    const abort = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const askedAtMs = performance.now();
        const answer = await stagewire.info({ signal: abort.signal });
        clock.learn({ askedAtMs, answeredAtMs: performance.now(), serverMs: Date.parse(answer.now) });
        setInfo(answer);
      } catch {
        // The banner tells that there is no server; the question is asked until there is an answer.
        if (!abort.signal.aborted) setTimeout(() => void ask(), askAgainMs);
      }
    };
    void ask();
    return () => abort.abort();
  }, [stagewire, isThere, clock]);
  return info;
}
