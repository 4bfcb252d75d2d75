import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { connect } from '../connect.ts';
import type { Stagewire } from '../stagewire.ts';
import type { Token } from '../transport/token.ts';
import { StoresContext } from './stores-context.ts';
import { createStores } from './stores.ts';

/** A server by its url, or an existing client. */
export type StagewireProviderProps = {
  /** The components that use the hooks. */
  readonly children?: ReactNode;
} & (
  | {
      /** An existing client, for options besides url and token. The caller closes it. */
      readonly client: Stagewire;
      readonly url?: undefined;
      readonly token?: undefined;
    }
  | {
      readonly client?: undefined;
      /** The server's URL, e.g. `http://localhost:4600`. */
      readonly url: string;
      /** A token, or a function that returns the current one; it may be a new function with every render. */
      readonly token?: Token | undefined;
    }
);

/**
 * Provides the hooks below it with their server. Hooks with the same run share one subscription, and all runs share one
 * socket.
 *
 * Nothing is opened before a component subscribes, and the socket is closed automatically some seconds after the last
 * one has unmounted; a command that is pending then is still delivered.
 *
 * @throws StagewireClientError INVALID_URL
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

/** How long the socket stays open without a subscription: longer than a change of pages. */
const idleCloseMs = 5000;

function OwnClient({ url, token, children }: { url: string; token: Token | undefined; children: ReactNode }) {
  const latest = useRef(token);
  useEffect(() => {
    latest.current = token;
  }, [token]);
  // Another string is another principal, and so another client; another function is the same source of tokens.
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
