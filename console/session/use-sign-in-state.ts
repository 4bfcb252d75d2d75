import { useEffect, useState } from 'react';
import type { Identity, ServerInfo } from '@stagewire/client';
import { useIdentity } from '@stagewire/client/react';

/**
 * - `unknown`: the server has not answered yet
 * - `none`: the server does not authenticate
 * - `in`: signed in
 * - `out`: not signed in since the page was opened
 * - `ended`: the session has ended while the page is open; `last` was signed in
 */
export type SignInState =
  | { readonly status: 'unknown' | 'none' | 'out' }
  | { readonly status: 'in'; readonly identity: Identity }
  | { readonly status: 'ended'; readonly last: Identity };

/** Whether a user is signed in. */
export function useSignInState(info: ServerInfo | undefined): SignInState {
  const identity = useIdentity();
  const [last, setLast] = useState<Identity>();
  useEffect(() => {
    if (identity !== undefined && identity !== null) setLast(identity);
  }, [identity]);
  if (info === undefined || identity === undefined) return { status: 'unknown' };
  if (info.auth.length === 0) return { status: 'none' };
  if (identity !== null) return { status: 'in', identity };
  return last === undefined ? { status: 'out' } : { status: 'ended', last };
}
