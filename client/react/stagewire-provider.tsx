import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { connect, type Stagewire } from '../connect.ts';
import type { Token } from '../transport/token.ts';
import { StoresContext } from './stores-context.ts';
import { createStores } from './stores.ts';

/** A server by its url, or a client of your own. */
export type StagewireProviderProps = {
  /** What uses the hooks. */
  readonly children?: ReactNode;
} & (
  | {
      /** A client of your own, for options beyond url and token. Closing it is up to you. */
      readonly client: Stagewire;
      readonly url?: undefined;
      readonly token?: undefined;
    }
  | {
      readonly client?: undefined;
      /** Where the server is: `http://localhost:4600`. */
      readonly url: string;
      /** Who asks: a token, or a function that gives the one that is valid now; it may be a new one every render. */
      readonly token?: Token | undefined;
    }
);

/**
 * Gives the hooks below it their server. All that show the same run share one subscription, and all runs one socket.
 *
 * Nothing is opened before a component follows something, and the socket closes by itself some seconds after the
 * last one has gone; a command that is under way then is still delivered.
 */
export function StagewireProvider({ children, client, url, token }: StagewireProviderProps) {
  return client === undefined ? (
    <OwnClient url={url} token={token}>
      {children}
    </OwnClient>
  ) : (
    <GivenClient client={client}>{children}</GivenClient>
  );
}

function GivenClient({ client, children }: { client: Stagewire; children: ReactNode }) {
  const stores = useMemo(() => createStores(client), [client]);
  return <StoresContext.Provider value={stores}>{children}</StoresContext.Provider>;
}

/** How long the socket stays when nothing is followed any more: a change of pages is shorter. */
const idleCloseMs = 5000;

function OwnClient({ url, token, children }: { url: string; token: Token | undefined; children: ReactNode }) {
  const latest = useRef(token);
  useEffect(() => {
    latest.current = token;
  }, [token]);
  // Another text is another person, and so another client; another function is the same source of tokens.
  const identity = typeof token === 'function' ? 'function' : token;
  const client = useMemo(
    () =>
      connect({ url, idleCloseMs, ...(identity !== undefined && { token: tokenFrom(latest, identity) }) }),
    [url, identity],
  );
  return <GivenClient client={client}>{children}</GivenClient>;
}

function tokenFrom(latest: { readonly current: Token | undefined }, identity: string): Token {
  return () => {
    const { current } = latest;
    return typeof current === 'function' ? current() : identity;
  };
}
